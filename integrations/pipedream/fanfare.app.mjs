// The app: how a request is made, and which events there are.

export default {
  type: "app",
  app: "fanfare",
  propDefinitions: {
    events: {
      type: "string[]",
      label: "Events",
      description: "Which events are emitted",
      async options() {
        const { data } = await this.request("GET", "/event-types");
        return [
          {
            label: "All events",
            value: "*",
          },
          ...data.map(({
            type, description,
          }) => ({
            label: `${type}: ${description}`,
            value: type,
          })),
        ];
      },
    },
  },
  methods: {
    /** One request; what is refused is an error with the server's words and its `status`. */
    async request(method, path, body) {
      const server = this.$auth.server.replace(/\/+$/, "");
      const response = await fetch(`${server}/api${path}`, {
        method,
        headers: {
          "Authorization": `Bearer ${this.$auth.api_key}`,
          "Content-Type": "application/json",
        },
        body: body && JSON.stringify(body),
      });
      const text = await response.text();
      if (response.ok) return text && JSON.parse(text);
      const error = new Error(`Fanfare answered ${response.status}: ${text}`);
      error.status = response.status;
      throw error;
    },
  },
};
