/**
 * Who runs what a source of this connector reads: the domain its maker is known by. A connector that is not here reads a
 * system that the house itself runs (a database, a cluster, a gateway), or a file.
 */
export const platforms: Readonly<Record<string, { domain: string; name: string }>> = {
  anthropic: { domain: 'anthropic.com', name: 'Anthropic' },
  aws: { domain: 'aws.amazon.com', name: 'Amazon Web Services' },
  crowdstrike: { domain: 'crowdstrike.com', name: 'CrowdStrike' },
  databricks: { domain: 'databricks.com', name: 'Databricks' },
  entra: { domain: 'microsoft.com', name: 'Microsoft' },
  github: { domain: 'github.com', name: 'GitHub' },
  google: { domain: 'google.com', name: 'Google' },
  huggingface: { domain: 'huggingface.co', name: 'Hugging Face' },
  jira: { domain: 'atlassian.com', name: 'Atlassian' },
  m365: { domain: 'microsoft.com', name: 'Microsoft' },
  okta: { domain: 'okta.com', name: 'Okta' },
  openai: { domain: 'openai.com', name: 'OpenAI' },
  slack: { domain: 'slack.com', name: 'Slack' },
  snowflake: { domain: 'snowflake.com', name: 'Snowflake' },
  tailscale: { domain: 'tailscale.com', name: 'Tailscale' },
}

/** A source whose system somebody else runs. */
export type Platform = { source: string; authority: string; domain: string; name: string }
