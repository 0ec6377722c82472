// Signs the cases in the file that is named, with the providers' own libraries.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

const load = createRequire(`${process.env.NODE_PATH}/`);
const stripeModule = load("stripe");
const Stripe = stripeModule.default ?? stripeModule;
const twilio = load("twilio");
const { getExpectedBodyHash } = load("twilio/lib/webhooks/webhooks");
const { Webhook } = load("svix");

const { bodies, forms, urls, secret, at } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const stripe = new Stripe("sk_test_none");
const svix = new Webhook(secret);

function encoded(form) {
  const pairs = new URLSearchParams();
  for (const [name, values] of Object.entries(form)) {
    for (const value of [values].flat()) pairs.append(name, value);
  }
  return pairs.toString();
}

function withHash(body) {
  return `https://shop.example/hook?bodySHA256=${getExpectedBodyHash(body)}`;
}

process.stdout.write(
  JSON.stringify({
    stripe: bodies.map((body) => ({
      body,
      header: stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: at }),
    })),
    svix: bodies.map((body) => ({ body, signature: svix.sign("msg_1", new Date(at * 1000), body) })),
    forms: urls.flatMap((url) =>
      forms.map((form) => ({
        url,
        body: encoded(form),
        signature: twilio.getExpectedTwilioSignature(secret, url, form),
      })),
    ),
    json: bodies.map((body) => ({
      body,
      url: withHash(body),
      signature: twilio.getExpectedTwilioSignature(secret, withHash(body), {}),
    })),
  }),
);
