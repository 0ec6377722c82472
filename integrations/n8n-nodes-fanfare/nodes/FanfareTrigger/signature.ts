import { createHmac, timingSafeEqual } from 'crypto';

/** How far a delivery's timestamp may be from now, in seconds. */
const TOLERANCE = 300;

type Headers = Record<string, string | string[] | undefined>;

/**
 * Why a delivery is not to be believed, or `undefined` when it is Fanfare's: the Standard Webhooks
 * signature over the body's own bytes, with a timestamp that is not old, so that nobody can send it
 * again later.
 */
export function refusal(
	body: Buffer | string | undefined,
	headers: Headers,
	secret: string,
	nowSeconds: number,
): string | undefined {
	const header = (name: string) => [headers[name]].flat()[0] ?? '';
	const id = header('webhook-id');
	const timestamp = header('webhook-timestamp');
	const signatures = header('webhook-signature');
	if (!id || !timestamp || !signatures) return 'a webhook-* header is missing';
	if (body === undefined) return 'the body is missing';
	if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE) {
		return 'the timestamp is too far from now';
	}
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	const matches = signatures.split(' ').some((signature) => {
		const [version, text] = signature.split(',');
		const given = Buffer.from(text ?? '', 'base64');
		return (
			version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
		);
	});
	return matches ? undefined : 'no signature matches';
}
