<?php

// A receiver without a framework, as a front controller:
// FANFARE_WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:3000 example/server.php
//
// Answers 200 to what verifies, once for each event, and 400 with the reason to anything else. In
// Laravel the same is a route: $request->getContent(), $request->headers->all().

declare(strict_types=1);

use Fanfare\Webhooks\Data\DistributionWinnerSelected;
use Fanfare\Webhooks\Data\OrderPaid;
use Fanfare\Webhooks\Event;
use Fanfare\Webhooks\VerificationException;
use Fanfare\Webhooks\Webhook;

// With composer: require 'vendor/autoload.php';
spl_autoload_register(function (string $class): void {
    require __DIR__ . '/../src/' . strtr(substr($class, strlen('Fanfare\\Webhooks\\')), '\\', '/') . '.php';
});

/** @param array<string, mixed> $said */
function answer(int $status, array $said): void
{
    $text = json_encode($said);
    http_response_code($status);
    header('Content-Type: application/json');
    header('Content-Length: ' . strlen($text));
    echo $text;
}

function handle(Event $event): void
{
    error_log(match (true) {
        $event->data instanceof OrderPaid =>
            "order {$event->data->orderId} is paid: {$event->data->totalAmount}",
        $event->data instanceof DistributionWinnerSelected => "{$event->data->consumerId} has won",
        // Also the types that come with later versions.
        default => "{$event->type}: nothing to do",
    });
}

/** Whether the event was seen before: one file for each id, made by whoever comes first. */
function seen(string $id): bool
{
    // Deliveries come at least once. A real receiver keeps the ids in its database, in the same
    // transaction as what it does with the event.
    $folder = getenv('FANFARE_SEEN') ?: sys_get_temp_dir() . '/fanfare-seen';
    if (!is_dir($folder)) {
        @mkdir($folder, 0700, true);
    }
    $file = @fopen($folder . '/' . hash('sha256', $id), 'x');
    return $file === false;
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST' || $_SERVER['REQUEST_URI'] !== '/webhooks') {
    answer(404, ['error' => 'not_found']);
    return;
}
// Several during a rotation, separated by commas.
$secrets = explode(',', getenv('FANFARE_WEBHOOK_SECRET') ?: '');
try {
    // The raw body: it is verified before it is parsed.
    $event = Webhook::verify(file_get_contents('php://input'), $_SERVER, $secrets);
} catch (VerificationException $refusal) {
    error_log("refused: {$refusal->getMessage()}");
    answer(400, ['error' => $refusal->reason->value, 'hint' => $refusal->hint?->value]);
    return;
}
$duplicate = seen($event->id);
if (!$duplicate) {
    handle($event);
}
answer(200, ['received' => $event->id, 'duplicate' => $duplicate]);
