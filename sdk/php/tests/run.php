<?php

// The shared vectors, and what only this language can get wrong: php tests/run.php
// Needs nothing but PHP; ends with status 1 when something is not as expected.

declare(strict_types=1);

use Fanfare\Webhooks\Event;
use Fanfare\Webhooks\Policy;
use Fanfare\Webhooks\VerificationException;
use Fanfare\Webhooks\Webhook;

spl_autoload_register(function (string $class): void {
    require __DIR__ . '/../src/' . strtr(substr($class, strlen('Fanfare\\Webhooks\\')), '\\', '/') . '.php';
});
// A warning is a mistake, as in Laravel and Symfony.
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    throw new ErrorException($message, 0, $level, $file, $line);
});

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

$failures = 0;
$checks = 0;
function check(string $name, mixed $said, mixed $expected): void
{
    global $failures, $checks;
    $checks += 1;
    if ($said != $expected) {
        $failures += 1;
        echo "$name: ", json_encode($said), ' instead of ', json_encode($expected), "\n";
    }
}

/** @return array<string, mixed> */
function said(callable $verify): array
{
    try {
        $event = $verify();
        $known = Fanfare\Webhooks\EventType::tryFrom($event->type) !== null;
        return ['type' => $event->type, 'id' => $event->id, 'known' => $known];
    } catch (VerificationException $refusal) {
        return array_filter([
            'reason' => $refusal->reason->value,
            'hint' => $refusal->hint?->value,
            'header' => $refusal->header,
        ]);
    }
}

$shared = json_decode(file_get_contents(__DIR__ . '/../../vectors.json'), true, 512, JSON_THROW_ON_ERROR);
foreach ($shared['cases'] as $it) {
    $body = $it['body'] ?? $it['parsed'] ?? base64_decode($it['body_base64']);
    $policy = ['auto' => Policy::Auto, 'any' => Policy::Any, 'standard' => Policy::Standard];
    check($it['name'], said(fn(): Event => Webhook::verify(
        $body,
        $it['headers'],
        $it['secrets'],
        $it['tolerance'] ?? 300,
        $policy[$it['require'] ?? 'auto'],
        $it['now'],
    )), $it['expect']);
    if (str_starts_with($it['name'], 'example of ')) {
        check("the class of {$it['name']}", Event::parse($body)->data !== null, true);
    }
}
foreach ($shared['test_headers'] as $it) {
    $made = Webhook::testHeaders($it['body'], $it['secret'], $it['timestamp']);
    check('headers for tests', $made, $it['expect']);
}

$body = $shared['test_headers'][0]['body'];
$headers = Webhook::testHeaders($body, SECRET);
$server = ['argc' => 1, 'REQUEST_TIME' => 17, 'CONTENT_TYPE' => 'application/json'];
foreach ($headers as $name => $value) {
    $server['HTTP_' . strtoupper(strtr($name, '-', '_'))] = $value;
}
$lists = array_map(fn(string $value): array => [$value], $headers);
$kinds = ['$_SERVER' => $server, 'PSR-7' => $lists, 'an iterator' => new ArrayIterator($headers)];
foreach ($kinds as $name => $each) {
    check($name, said(fn(): Event => Webhook::verify($body, $each, SECRET))['id'] ?? null, 'wh_evt_abc123');
}
$wrong = [[null, 'secret_missing'], [[null], 'secret_missing'], [[17], 'secret_malformed']];
foreach ($wrong as [$secrets, $reason]) {
    check($reason, said(fn(): Event => Webhook::verify($body, $headers, $secrets)), ['reason' => $reason]);
}
foreach ([null, false, new stdClass(), ['id' => 1]] as $parsed) {
    $refusal = said(fn(): Event => Webhook::verify($parsed, $headers, SECRET));
    check('a parsed body', $refusal, ['reason' => 'parsed_body']);
}
try {
    Webhook::verify("$body\n", $headers, SECRET);
    check('a refusal', 'accepted', 'refused');
} catch (VerificationException $refusal) {
    check('what to do', str_ends_with($refusal->getMessage(), 'so pass the raw bytes'), true);
    check('no secret', str_contains((string) $refusal, substr(SECRET, 6)), false);
}

echo $checks - $failures, ' passed, ', $failures, " failed\n";
exit($failures === 0 && $checks > 100 ? 0 : 1);
