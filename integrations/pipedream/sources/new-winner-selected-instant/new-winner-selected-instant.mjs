import subscription from "../subscription.mjs";

export default {
  ...subscription,
  key: "fanfare-new-winner-selected-instant",
  name: "New Winner Selected (Instant)",
  description: "Emit new event when a draw selects a winner. [See the documentation](https://docs.fanfare.io)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  methods: {
    ...subscription.methods,
    eventTypes() {
      return [
        "distribution.winner_selected",
      ];
    },
  },
};
