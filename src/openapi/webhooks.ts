const header = (name: string, description: string) => ({
  name,
  in: "header" as const,
  required: true,
  description,
  schema: { type: "string" as const },
});

/** The request that sipbook sends to the URL of a subscription. */
export const webhooks = {
  change: {
    post: {
      operationId: "receiveChange",
      summary: "A change of the book, posted to the URL of a subscription",
      description:
        "Signed as Standard Webhooks specifies. Any 2xx response within 15 seconds accepts the message; 410 disables the " +
        "subscription; after any other response sipbook retries for three days. Messages about one contact arrive in " +
        "order. A message may arrive twice: compare `webhook-id`.",
      tags: ["subscriptions"],
      security: [],
      parameters: [
        header("webhook-id", "The same for each attempt and each replay of a change"),
        header("webhook-timestamp", "The time of this attempt, in seconds since 1970"),
        header(
          "webhook-signature",
          "`v1,` and the signature; during a rotation two of them, separated by a space",
        ),
      ],
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/WebhookMessage" } } },
      },
      responses: {
        "204": { description: "Accepted" },
        "410": { description: "No longer wanted: sipbook disables the subscription" },
        "429": { description: "Too many requests: sipbook sends nothing before Retry-After" },
      },
    },
  },
};
