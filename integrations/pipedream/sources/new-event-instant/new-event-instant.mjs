import subscription from "../subscription.mjs";

export default {
  ...subscription,
  key: "fanfare-new-event-instant",
  name: "New Event (Instant)",
  description: "Emit new event when one of the chosen events happens in a launch. [See the documentation](https://docs.fanfare.io)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...subscription.props,
    events: {
      propDefinition: [
        subscription.props.fanfare,
        "events",
      ],
    },
  },
};
