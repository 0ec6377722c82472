// What every source does: subscribe while it is active, believe only what is signed, emit each event
// once. A source that is about fixed types overrides `eventTypes`.

import { randomBytes } from "node:crypto";

import fanfare from "../fanfare.app.mjs";
import { refusal } from "./signature.mjs";

/** How many past events a new source emits at most. */
const PAST = 10;

export default {
  props: {
    fanfare,
    http: {
      type: "$.interface.http",
      customResponse: true,
    },
    db: "$.service.db",
  },
  hooks: {
    /** Emits what happened last, so that a workflow can be built on it; no examples. */
    async deploy() {
      const past = [];
      for (const type of await this.catalogued()) {
        const {
          data, isExample,
        } = await this.fanfare.request("GET", `/event-types/${type}/samples?limit=${PAST}`);
        if (!isExample) past.push(...data);
      }
      past.sort((one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp));
      past.slice(-PAST).forEach((event) => this.emitEvent(event));
    },
    async activate() {
      // Made here, so that it is known even when the answer that would have shown it was lost.
      const secret = `whsec_${randomBytes(32).toString("base64")}`;
      const { id } = await this.fanfare.request("POST", "/webhooks", {
        channel: "pipedream",
        url: this.http.endpoint,
        events: this.eventTypes(),
        description: "Pipedream",
        secret,
      });
      this.db.set("webhookId", id);
      this.db.set("secret", secret);
    },
    async deactivate() {
      const id = this.db.get("webhookId");
      if (!id) return;
      try {
        await this.fanfare.request("DELETE", `/webhooks/${id}`);
      } catch (error) {
        // Somebody removed it before: that is what we want.
        if (error.status !== 404) throw error;
      }
      this.db.set("webhookId", null);
      this.db.set("secret", null);
    },
  },
  methods: {
    eventTypes() {
      return this.events;
    },
    /** The types that are subscribed to, patterns written out. */
    async catalogued() {
      const { data } = await this.fanfare.request("GET", "/event-types");
      const wanted = this.eventTypes();
      return data
        .map(({ type }) => type)
        .filter((type) => wanted.some((one) => [
          "*",
          `${type.split(".")[0]}.*`,
          type,
        ].includes(one)));
    },
    emitEvent(event) {
      this.$emit(event, {
        id: event.id,
        summary: `${event.type} (${event.id})`,
        ts: Date.parse(event.timestamp),
      });
    },
  },
  async run(request) {
    const secret = this.db.get("secret");
    const why = secret
      ? refusal(request.bodyRaw, request.headers, secret, Date.now() / 1000)
      : "this source has no subscription";
    this.http.respond(why
      ? {
        status: 401,
        body: {
          error: why,
        },
      }
      : {
        status: 200,
      });
    if (!why) this.emitEvent(JSON.parse(request.bodyRaw));
  },
};
