import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	IWebhookFunctions,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

export type Context =
	| IExecuteFunctions
	| IHookFunctions
	| ILoadOptionsFunctions
	| IWebhookFunctions;

export interface Asked {
	method: IHttpRequestMethods;
	/** Below `/api`, with a slash in front. */
	path: string;
	qs?: IDataObject;
	body?: IDataObject;
}

/** One request to the API; what is refused is a NodeApiError with the server's words. */
export async function request(context: Context, asked: Asked): Promise<IDataObject> {
	return (await find(context, asked, [])) ?? {};
}

/** The same; `undefined` when the API answers with one of the statuses that mean there is none. */
export async function find(
	context: Context,
	asked: Asked,
	none = ['404'],
): Promise<IDataObject | undefined> {
	const { server } = await context.getCredentials<{ server: string }>('fanfareApi');
	try {
		return (await context.helpers.httpRequestWithAuthentication.call(context, 'fanfareApi', {
			method: asked.method,
			url: `${server.replace(/\/+$/, '')}/api${asked.path}`,
			qs: asked.qs,
			body: asked.body,
			json: true,
		})) as IDataObject;
	} catch (error) {
		const refused = new NodeApiError(context.getNode(), error as JsonObject);
		if (none.includes(refused.httpCode ?? '')) return undefined;
		throw refused;
	}
}

/** All items of a list, or the first `limit`; pages are asked for as they are needed. */
export async function list(
	context: Context,
	path: string,
	filters: IDataObject,
	limit: number | undefined,
): Promise<IDataObject[]> {
	const items: IDataObject[] = [];
	let after: string | undefined;
	for (;;) {
		const left = limit === undefined ? 100 : limit - items.length;
		const qs: IDataObject = { ...filters, limit: Math.min(100, left) };
		if (after) qs.after = after;
		const page = await request(context, { method: 'GET', path, qs });
		items.push(...(page.data as IDataObject[]));
		const { hasNextPage, endCursor } = page.pageInfo as IDataObject;
		if (!hasNextPage || (limit !== undefined && items.length >= limit)) return items;
		after = endCursor as string;
	}
}
