// Compiled by `npm run lint`, never run: a check of `type` narrows `data`.

import { type OrderPaidData, verify } from "../src/index.js";

export async function paid(body: string, headers: Headers): Promise<OrderPaidData | undefined> {
  const event = await verify(body, headers, ["whsec_…"], { require: "standard", tolerance: 60 });
  if (event.type === "order.paid") {
    const total: string = event.data.total_amount;
    return total === "" ? undefined : event.data;
  }
  // @ts-expect-error: the data of other events has no such member.
  return event.data.total_amount;
}
