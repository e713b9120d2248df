const header = (name: string, description: string) => ({
  name,
  in: "header" as const,
  required: true,
  description,
  schema: { type: "string" as const },
});

/** What sipbook itself sends, to the URL of a subscription. */
export const webhooks = {
  change: {
    post: {
      operationId: "receiveChange",
      summary: "A change of the book, posted to a subscription's URL",
      description:
        "Signed as Standard Webhooks has it. Any answer 2xx within 15 seconds takes it; 410 disables the subscription; " +
        "after anything else it is tried again for three days. In order for each contact; a message may come twice.",
      tags: ["subscriptions"],
      security: [],
      parameters: [
        header("webhook-id", "The same at each try and each replay of a change"),
        header("webhook-timestamp", "Of this try, in seconds since 1970"),
        header(
          "webhook-signature",
          "`v1,` and the signature; two of them, apart by a space, during a rotation",
        ),
      ],
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/WebhookMessage" } } },
      },
      responses: {
        "204": { description: "Taken" },
        "410": { description: "Not wanted any more: the subscription is disabled" },
        "429": { description: "Too many: nothing is sent before Retry-After" },
      },
    },
  },
};
