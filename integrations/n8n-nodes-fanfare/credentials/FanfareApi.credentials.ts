import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

/** A server and an API key of one organization. */
export class FanfareApi implements ICredentialType {
	name = 'fanfareApi';

	displayName = 'Fanfare API';

	icon: Icon = { light: 'file:../icons/fanfare.svg', dark: 'file:../icons/fanfare.dark.svg' };

	documentationUrl =
		'https://github.com/fanfare-io/fanfare/tree/main/integrations/n8n-nodes-fanfare#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'Server',
			name: 'server',
			type: 'string',
			default: 'https://admin.fanfare.io',
			required: true,
			description: 'The address of your Fanfare server, without a path',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'sk_live_…',
			description: 'A secret key with the scopes that your workflows need',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.server.replace(new RegExp("/+$"), "")}}',
			url: '/api/me',
		},
	};
}
