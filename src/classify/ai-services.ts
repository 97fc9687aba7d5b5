/**
 * A service that answers with a model. `domains`: whoever asks for one of these, or a name below it, talks to it.
 * `packages`: its own client libraries, as `type/name`. `from`: the vendor's own page that names the addresses.
 */
export type AiService = {
  /** The domain it is known by here; one vendor each. */
  domain: string
  name: string
  domains: readonly string[]
  packages?: readonly string[]
  /** Why it is on the list: what of ours may go there. */
  why: string
  from: string
}

const prompts = 'what is typed or sent to a model goes to it'
const code = 'an editor sends it the code around the cursor'
const meetings = 'it listens to meetings and keeps what was said'

/** Small on purpose: services that people take up by themselves. An address that is not here is not seen as AI. */
export const aiServices: readonly AiService[] = [
  {
    domain: 'openai.com',
    name: 'OpenAI',
    domains: ['openai.com', 'chatgpt.com', 'sora.com'],
    packages: ['pypi/openai', 'npm/openai'],
    why: prompts,
    from: 'https://help.openai.com/en/articles/9247338',
  },
  {
    domain: 'anthropic.com',
    name: 'Anthropic',
    domains: ['anthropic.com', 'claude.ai', 'claude.com'],
    packages: ['pypi/anthropic', 'npm/@anthropic-ai/sdk', 'npm/@anthropic-ai/claude-code'],
    why: prompts,
    from: 'https://docs.claude.com/en/docs/claude-code/network-config',
  },
  {
    domain: 'gemini.google.com',
    name: 'Google Gemini',
    domains: ['gemini.google.com', 'generativelanguage.googleapis.com', 'aistudio.google.com', 'notebooklm.google.com'],
    packages: ['pypi/google-genai', 'pypi/google-generativeai', 'npm/@google/genai'],
    why: prompts,
    from: 'https://ai.google.dev/api',
  },
  {
    domain: 'copilot.microsoft.com',
    name: 'Microsoft Copilot',
    domains: ['copilot.microsoft.com', 'copilot.cloud.microsoft', 'openai.azure.com'],
    why: prompts,
    from: 'https://learn.microsoft.com/en-us/copilot/manage',
  },
  {
    domain: 'githubcopilot.com',
    name: 'GitHub Copilot',
    domains: ['githubcopilot.com', 'copilot-proxy.githubusercontent.com'],
    why: code,
    from: 'https://docs.github.com/en/copilot/reference/allowlist-reference',
  },
  {
    domain: 'mistral.ai',
    name: 'Mistral',
    domains: ['mistral.ai'],
    packages: ['pypi/mistralai', 'npm/@mistralai/mistralai'],
    why: prompts,
    from: 'https://docs.mistral.ai/api',
  },
  {
    domain: 'cohere.com',
    name: 'Cohere',
    domains: ['cohere.com', 'cohere.ai'],
    packages: ['pypi/cohere', 'npm/cohere-ai'],
    why: prompts,
    from: 'https://docs.cohere.com/reference/about',
  },
  {
    domain: 'perplexity.ai',
    name: 'Perplexity',
    domains: ['perplexity.ai'],
    why: prompts,
    from: 'https://docs.perplexity.ai',
  },
  { domain: 'x.ai', name: 'xAI', domains: ['x.ai', 'grok.com'], why: prompts, from: 'https://docs.x.ai' },
  {
    domain: 'deepseek.com',
    name: 'DeepSeek',
    domains: ['deepseek.com'],
    why: prompts,
    from: 'https://api-docs.deepseek.com',
  },
  {
    domain: 'huggingface.co',
    name: 'Hugging Face',
    domains: ['huggingface.co', 'hf.co', 'hf.space'],
    packages: ['pypi/huggingface-hub', 'npm/@huggingface/inference'],
    why: 'models and data sets are taken from it and put there',
    from: 'https://huggingface.co/docs/hub',
  },
  {
    domain: 'replicate.com',
    name: 'Replicate',
    domains: ['replicate.com'],
    packages: ['pypi/replicate', 'npm/replicate'],
    why: prompts,
    from: 'https://replicate.com/docs/reference/http',
  },
  {
    domain: 'together.ai',
    name: 'Together AI',
    domains: ['together.ai', 'together.xyz'],
    packages: ['pypi/together', 'npm/together-ai'],
    why: prompts,
    from: 'https://docs.together.ai',
  },
  {
    domain: 'groq.com',
    name: 'Groq',
    domains: ['groq.com'],
    packages: ['pypi/groq', 'npm/groq-sdk'],
    why: prompts,
    from: 'https://console.groq.com/docs',
  },
  {
    domain: 'fireworks.ai',
    name: 'Fireworks AI',
    domains: ['fireworks.ai'],
    why: prompts,
    from: 'https://docs.fireworks.ai',
  },
  {
    domain: 'openrouter.ai',
    name: 'OpenRouter',
    domains: ['openrouter.ai'],
    why: 'it hands prompts on to models of others',
    from: 'https://openrouter.ai/docs',
  },
  {
    domain: 'litellm.ai',
    name: 'LiteLLM',
    domains: ['litellm.ai'],
    packages: ['pypi/litellm'],
    why: 'the gateway holds the keys of every model behind it',
    from: 'https://docs.litellm.ai',
  },
  {
    domain: 'cursor.com',
    name: 'Cursor',
    domains: ['cursor.com', 'cursor.sh', 'cursorapi.com'],
    why: code,
    from: 'https://cursor.com/security',
  },
  {
    domain: 'windsurf.com',
    name: 'Windsurf',
    domains: ['windsurf.com', 'codeium.com', 'codeiumdata.com'],
    why: code,
    from: 'https://docs.windsurf.com',
  },
  { domain: 'poe.com', name: 'Poe', domains: ['poe.com'], why: prompts, from: 'https://poe.com/about' },
  {
    domain: 'elevenlabs.io',
    name: 'ElevenLabs',
    domains: ['elevenlabs.io'],
    packages: ['pypi/elevenlabs'],
    why: 'voices are recorded and made there',
    from: 'https://elevenlabs.io/docs',
  },
  { domain: 'otter.ai', name: 'Otter', domains: ['otter.ai'], why: meetings, from: 'https://help.otter.ai' },
  {
    domain: 'fireflies.ai',
    name: 'Fireflies',
    domains: ['fireflies.ai'],
    why: meetings,
    from: 'https://guide.fireflies.ai',
  },
  {
    domain: 'read.ai',
    name: 'Read AI',
    domains: ['read.ai'],
    why: meetings,
    from: 'https://support.read.ai',
  },
  {
    domain: 'grammarly.com',
    name: 'Grammarly',
    domains: ['grammarly.com', 'grammarly.io'],
    why: 'what is written in a browser goes to it as it is typed',
    from: 'https://support.grammarly.com',
  },
]

/** Kind of the resource that stands for a listed service in a source's own realm: what there talks to it. */
export const egressKind = 'egress'

const byDomain = new Map(aiServices.flatMap((service) => service.domains.map((domain) => [domain, service] as const)))
/** A host name has at most so many labels here; what lies deeper is looked up by its last ones. */
const labelsMax = 32

/** The service behind a host name: itself or a name below one of its domains. `notopenai.com` is none. */
export function aiServiceAt(host: string): AiService | undefined {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.').slice(-labelsMax)
  for (let at = 0; at < labels.length - 1; at++) {
    const service = byDomain.get(labels.slice(at).join('.'))
    if (service !== undefined) return service
  }
  return undefined
}

const byPackage = new Map(
  aiServices.flatMap((service) => (service.packages ?? []).map((name) => [name, service] as const)),
)
/** `type/name`, as `packageEntity` and `parseArtefact` normalise them. */
export const aiServiceOfPackage = (typeAndName: string): AiService | undefined => byPackage.get(typeAndName)
