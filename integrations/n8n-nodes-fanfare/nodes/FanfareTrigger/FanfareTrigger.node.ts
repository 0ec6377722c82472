import { randomBytes } from 'crypto';
import type {
	IDataObject,
	IHookFunctions,
	ILoadOptionsFunctions,
	INodePropertyOptions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { find, request } from '../request';
import { refusal } from './signature';

/**
 * What a node remembers of its subscription, as long as it has one. The secret is made here, so that
 * it is known even when the answer that would have shown it was lost.
 */
interface Subscription extends IDataObject {
	webhookId?: string;
	secret?: string;
}

function forget(subscription: Subscription): void {
	delete subscription.webhookId;
	delete subscription.secret;
}

/** Removes a webhook; that somebody did so before us is what we want. */
async function unsubscribe(context: IHookFunctions, id: string): Promise<void> {
	await find(context, { method: 'DELETE', path: `/webhooks/${id}` });
}

export class FanfareTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Fanfare Trigger',
		name: 'fanfareTrigger',
		icon: { light: 'file:../../icons/fanfare.svg', dark: 'file:../../icons/fanfare.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["events"].join(", ")}}',
		description: 'Starts the workflow when something happens in a launch',
		defaults: { name: 'Fanfare Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'fanfareApi', required: true }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				path: 'webhook',
				rawBody: true,
			},
		],
		properties: [
			{
				displayName: 'Event Names or IDs',
				name: 'events',
				type: 'multiOptions',
				typeOptions: { loadOptionsMethod: 'getEventTypes' },
				required: true,
				default: [],
				description:
					'Which events start the workflow. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			},
		],
	};

	methods = {
		loadOptions: {
			async getEventTypes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
				const catalogue = await request(this, { method: 'GET', path: '/event-types' });
				const types = (catalogue.data as IDataObject[]).map((row) => ({
					name: row.type as string,
					value: row.type as string,
					description: row.description as string,
				}));
				return [{ name: 'All Events', value: '*' }, ...types];
			},
		},
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const subscription: Subscription = this.getWorkflowStaticData('node');
				if (!subscription.webhookId || !subscription.secret) return false;
				const path = `/webhooks/${subscription.webhookId}`;
				const webhook = await find(this, { method: 'GET', path });
				if (!webhook) {
					forget(subscription);
					return false;
				}
				const events = this.getNodeParameter('events') as string[];
				// What differs is mended by `create`, which finds the subscription by its URL.
				return (
					webhook.url === this.getNodeWebhookUrl('default') &&
					webhook.status !== 'disabled' &&
					[...(webhook.events as string[])].sort().join() === [...events].sort().join()
				);
			},

			async create(this: IHookFunctions): Promise<boolean> {
				const subscription: Subscription = this.getWorkflowStaticData('node');
				const before = subscription.webhookId;
				const secret = `whsec_${randomBytes(32).toString('base64')}`;
				const webhook = await request(this, {
					method: 'POST',
					path: '/webhooks',
					body: {
						channel: 'n8n',
						url: this.getNodeWebhookUrl('default'),
						events: this.getNodeParameter('events') as string[],
						description: `n8n: ${this.getWorkflow().name ?? 'a workflow'}`.slice(0, 500),
						secret,
					},
				});
				subscription.webhookId = webhook.id as string;
				subscription.secret = secret;
				// The URL of this n8n changed: what the old one was subscribed to has nobody any more.
				if (before && before !== webhook.id) await unsubscribe(this, before);
				return true;
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				const subscription: Subscription = this.getWorkflowStaticData('node');
				if (subscription.webhookId) await unsubscribe(this, subscription.webhookId);
				forget(subscription);
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const subscription: Subscription = this.getWorkflowStaticData('node');
		const delivery = this.getRequestObject();
		const why = subscription.secret
			? refusal(delivery.rawBody, delivery.headers, subscription.secret, Date.now() / 1000)
			: 'this workflow has no subscription';
		if (why) {
			this.getResponseObject().status(401).json({ error: why });
			return { noWebhookResponse: true };
		}
		return { workflowData: [this.helpers.returnJsonArray(this.getBodyData())] };
	}
}
