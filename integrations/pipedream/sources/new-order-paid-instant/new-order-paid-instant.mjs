import subscription from "../subscription.mjs";

export default {
  ...subscription,
  key: "fanfare-new-order-paid-instant",
  name: "New Order Paid (Instant)",
  description: "Emit new event when the payment of an order is confirmed. [See the documentation](https://docs.fanfare.io)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  methods: {
    ...subscription.methods,
    eventTypes() {
      return [
        "order.paid",
      ];
    },
  },
};
