import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes } from 'n8n-workflow';

import { list, request } from '../request';
import { fieldProperties, operationProperties } from './properties';

async function run(context: IExecuteFunctions, item: number): Promise<IDataObject[]> {
	const text = (name: string) => context.getNodeParameter(name, item) as string;
	const resource = text('resource');
	if (resource === 'delivery') {
		const path = `/deliveries/${encodeURIComponent(text('deliveryId'))}/resend`;
		return [await request(context, { method: 'POST', path, body: {} })];
	}
	const given = context.getNodeParameter('filters', item, {}) as IDataObject;
	const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
	const all = context.getNodeParameter('returnAll', item) as boolean;
	const limit = all ? undefined : (context.getNodeParameter('limit', item) as number);
	switch (resource) {
		case 'participant': {
			const path = `/distributions/${encodeURIComponent(text('distributionId'))}/consumers`;
			return await list(context, path, filters, limit);
		}
		case 'order':
			return await list(context, '/orders', filters, limit);
		default:
			return await list(context, '/consumers', filters, limit);
	}
}

export class Fanfare implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Fanfare',
		name: 'fanfare',
		icon: { light: 'file:../../icons/fanfare.svg', dark: 'file:../../icons/fanfare.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: 'Read consumers, participants and orders, and resend deliveries',
		defaults: { name: 'Fanfare' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'fanfareApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Consumer', value: 'consumer' },
					{ name: 'Delivery', value: 'delivery' },
					{ name: 'Order', value: 'order' },
					{ name: 'Participant', value: 'participant' },
				],
				default: 'consumer',
			},
			...operationProperties,
			...fieldProperties,
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const results: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			try {
				const rows = await run(this, item);
				results.push(...rows.map((json) => ({ json, pairedItem: { item } })));
			} catch (error) {
				if (!this.continueOnFail()) {
					throw new NodeApiError(this.getNode(), error as JsonObject, { itemIndex: item });
				}
				results.push({ json: { error: (error as Error).message }, pairedItem: { item } });
			}
		}
		return [results];
	}
}
