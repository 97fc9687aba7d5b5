/**
 * Who says that something acts by a model's word, as data. A name that somebody chose says nothing: a handle counts where
 * the vendor gives each to one app alone.
 */
export type KnownAgent = {
  connector: string
  /** Attribute of the app or identity, and the value that is this very agent. */
  attribute: string
  value: string
  is: string
  source: string
}

/** GitHub gives a slug to one app; each of these pages is the publisher's own. */
const github = (slug: string, is: string, source = `https://github.com/apps/${slug}`): KnownAgent => ({
  connector: 'github',
  attribute: 'name',
  value: slug,
  is,
  source,
})

export const knownAgents: readonly KnownAgent[] = [
  github(
    'copilot-swe-agent',
    'GitHub Copilot coding agent',
    'https://docs.github.com/en/copilot/concepts/agents/coding-agent/about-coding-agent',
  ),
  github('claude', 'Claude for GitHub'),
  github('chatgpt-codex-connector', 'Codex by OpenAI'),
  github('google-labs-jules', 'Jules by Google'),
  github('devin-ai-integration', 'Devin by Cognition'),
  github('cursor', 'Cursor background agents'),
]

/** Where a program that is no human's account has one use: to ask a model. */
export const modelVendors: Readonly<Record<string, { is: string; source: string }>> = {
  openai: { is: 'OpenAI', source: 'https://platform.openai.com/docs/api-reference/project-service-accounts' },
  anthropic: { is: 'Anthropic', source: 'https://platform.claude.com/docs/en/api/administration-api' },
  litellm: { is: 'the AI gateway', source: 'https://docs.litellm.ai/docs/proxy/virtual_keys' },
}

/** Attribute by which a connector passes on that its vendor calls an identity an agent's. */
export const saidToBeAgent = 'agent'
