import type { JsonObject } from 'cordon/kit'

import type { Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'

/** A model of the gateway: whose it is, where that answers, and our key there. */
export type GatewayModel = { name: string; provider: string; address: string; upstreamKey: string }

const providers = [
  { name: 'gpt-4o', provider: 'openai', address: 'https://api.openai.com/v1' },
  { name: 'claude', provider: 'anthropic', address: 'https://api.anthropic.com' },
] as const
/** The one that every bounded key opens. */
export const commonModel = providers[0].name

export const modelsOf = ({ seed }: Company): GatewayModel[] =>
  providers.map((one) => ({ ...one, upstreamKey: `sk-EXAMPLE-${drawOf(seed, `litellm/${one.name}`).hex(24)}` }))

/** The key that LiteLLM calls its master key. */
export const masterKeyOf = ({ seed }: Company): string => `sk-EXAMPLE-${drawOf(seed, 'litellm/master').hex(24)}`

/**
 * The configuration that LiteLLM's proxy is started with, to be the company's gateway without a database: models, and the
 * master key. No call leaves the machine: each model's answer stands here.
 * https://docs.litellm.ai/docs/proxy/config_settings
 */
export const proxyConfig = (company: Company): JsonObject => ({
  model_list: modelsOf(company).map(({ name, provider, address, upstreamKey }) => ({
    model_name: name,
    litellm_params: {
      model: `${provider}/${name}`,
      api_base: address,
      api_key: upstreamKey,
      mock_response: 'EXAMPLE',
    },
  })),
  general_settings: { master_key: masterKeyOf(company) },
})
