import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

const many = (resource: string[]): IDisplayOptions => ({
	show: { resource, operation: ['getAll'] },
});

/** The operation of a resource that can only be listed. */
const getMany = (resource: string, nouns: string): INodeProperties => ({
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: [resource] } },
	options: [
		{
			name: 'Get Many',
			value: 'getAll',
			description: `Get many ${nouns}`,
			action: `Get many ${nouns}`,
		},
	],
	default: 'getAll',
});

const LISTS = ['consumer', 'order', 'participant'];

export const operationProperties: INodeProperties[] = [
	getMany('consumer', 'consumers'),
	getMany('order', 'orders'),
	getMany('participant', 'participants'),
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['delivery'] } },
		options: [
			{
				name: 'Resend',
				value: 'resend',
				description: 'Send the same event to the same webhook again',
				action: 'Resend a delivery',
			},
		],
		default: 'resend',
	},
];

export const fieldProperties: INodeProperties[] = [
	{
		displayName: 'Delivery ID',
		name: 'deliveryId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'dlv_01h455vb4pex5vsknk084sn02q',
		displayOptions: { show: { resource: ['delivery'], operation: ['resend'] } },
	},
	{
		displayName: 'Distribution ID',
		name: 'distributionId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'dist_01h455vb4pex5vsknk084sn02q',
		description: 'The queue, draw or auction whose participants you want',
		displayOptions: many(['participant']),
	},
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions: many(LISTS),
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { resource: LISTS, operation: ['getAll'], returnAll: [false] } },
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		displayOptions: many(['consumer']),
		options: [
			{
				displayName: 'Email',
				name: 'email',
				type: 'string',
				placeholder: 'name@email.com',
				default: '',
			},
			{ displayName: 'External ID', name: 'externalId', type: 'string', default: '' },
		],
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		displayOptions: many(['order']),
		options: [
			{ displayName: 'Consumer ID', name: 'consumerId', type: 'string', default: '' },
			{ displayName: 'Distribution ID', name: 'distributionId', type: 'string', default: '' },
			{ displayName: 'External Order ID', name: 'externalOrderId', type: 'string', default: '' },
			{
				displayName: 'Status',
				name: 'status',
				type: 'string',
				default: '',
				placeholder: 'created,paid',
				description: 'Statuses, separated by commas',
			},
		],
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		displayOptions: many(['participant']),
		options: [
			{
				displayName: 'Status',
				name: 'status',
				type: 'string',
				default: '',
				placeholder: 'SELECTED',
				description: 'Statuses, separated by commas',
			},
		],
	},
];
