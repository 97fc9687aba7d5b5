/**
 * One family of secrets, as data. The pattern is tried only where one of `words` occurs, so a text without any costs one
 * pass of a word scanner.
 */
export type Detector = {
  kind: string
  /** Lower-case ASCII, at least three bytes; found whatever their case. */
  words: readonly string[]
  /** Sticky, tried `back` characters before the word. The secret is group 1, or the whole match. Every repeat is bounded. */
  pattern: RegExp
  back?: number
  /** Least Shannon entropy in bits per character: what tells a key from `xxxxxxxx`. */
  entropy?: number
  /** The word may stand inside a longer one (its pattern has its own left edge). */
  isInfix?: boolean
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/** A fixed prefix, then a body; case matters. */
const prefixed = (kind: string, prefix: string, body: string, entropy = 2.5): Detector => ({
  kind,
  words: [prefix.toLowerCase()],
  pattern: new RegExp(`${escapeRegExp(prefix)}${body}`, 'y'),
  entropy,
})

/** A vendor's name nearby is the only mark of the value: `vendor … value`. */
const labelled = (kind: string, label: string, value: string, entropy = 3): Detector => ({
  kind,
  words: [label],
  pattern: new RegExp(`${label}[\\w .\\-]{0,20}["'\\]]{0,3}[\\s:=>|,]{1,8}["']{0,2}(${value})(?![\\w-])`, 'iy'),
  entropy,
  isInfix: true,
})

const word = String.raw`[A-Za-z0-9_-]`
const alnum = '[A-Za-z0-9]'

/** Sources: the vendors' own descriptions of their token formats, and the rule set of gitleaks (MIT). */
export const detectors: readonly Detector[] = [
  // Cordon's own
  prefixed('cordon-key', 'cdn_', `${word}{1,80}_${word}{16,128}`),
  prefixed('cordon-ingest-token', 'cit_', `${word}{1,80}_${word}{16,128}`),

  // code hosts and registries
  prefixed('github-token', 'ghp_', `${alnum}{36,255}`),
  prefixed('github-oauth', 'gho_', `${alnum}{36,255}`),
  prefixed('github-user-token', 'ghu_', `${alnum}{36,255}`),
  prefixed('github-server-token', 'ghs_', `${alnum}{36,255}`),
  prefixed('github-refresh-token', 'ghr_', `${alnum}{36,255}`),
  prefixed('github-fine-grained-token', 'github_pat_', `[A-Za-z0-9_]{36,255}`),
  prefixed('gitlab-token', 'glpat-', String.raw`[\w-]{20,300}(?:\.[\w-]{1,20})*`, 3),
  prefixed('gitlab-pipeline-token', 'glptt-', '[0-9a-f]{40}'),
  prefixed('gitlab-runner-token', 'glrt-', String.raw`[\w-]{20,300}(?:\.[\w-]{1,20})*`, 3),
  prefixed('gitlab-runner-registration', 'GR1348941', String.raw`[\w-]{20}`, 3),
  prefixed('gitlab-deploy-token', 'gldt-', String.raw`[\w-]{20,64}`),
  prefixed('gitlab-job-token', 'glcbt-', String.raw`[\w-]{16,64}`),
  prefixed('bitbucket-app-password', 'ATBB', `${alnum}{32}(?!${alnum})`, 3),
  prefixed('npm-token', 'npm_', `${alnum}{36}(?!${alnum})`),
  prefixed('pypi-token', 'pypi-AgE', `${word}{50,1000}`),
  prefixed('rubygems-key', 'rubygems_', '[a-f0-9]{48}'),
  prefixed('docker-token', 'dckr_pat_', `${word}{20,64}`),
  prefixed('crates-token', 'cio', `${alnum}{32}(?!${alnum})`, 3.5),
  prefixed('sonar-token', 'sqp_', '[a-f0-9]{40}'),
  prefixed('artifactory-key', 'AKCp', `${alnum}{69}`, 3.5),
  prefixed('artifactory-reference', 'cmVmd', `${alnum}{59}`, 3.5),

  // model vendors
  prefixed('anthropic-key', 'sk-ant-', `(?:api|admin|oat|ort|sid)\\d\\d-${word}{80,200}`),
  prefixed('openai-key', 'sk-proj-', `${word}{40,300}`),
  prefixed('openai-service-key', 'sk-svcacct-', `${word}{40,300}`),
  prefixed('openai-admin-key', 'sk-admin-', `${word}{40,300}`),
  prefixed('openrouter-key', 'sk-or-v1-', '[a-f0-9]{64}'),
  prefixed('langsmith-key', 'lsv2_', `(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}`),
  prefixed('secret-key', 'sk-', `${word}{20,300}`, 3.2),
  prefixed('huggingface-token', 'hf_', `[A-Za-z]{34}(?!${alnum})`, 3),
  prefixed('huggingface-org-token', 'api_org_', `[A-Za-z]{34}(?!${alnum})`, 3),
  prefixed('groq-key', 'gsk_', `${alnum}{52}`),
  prefixed('perplexity-key', 'pplx-', `${alnum}{48}`, 3),
  prefixed('xai-key', 'xai-', `${alnum}{70,90}`),
  prefixed('replicate-key', 'r8_', `${alnum}{37,40}(?!${alnum})`),
  prefixed('fireworks-key', 'fw_', `${alnum}{22,26}(?!${alnum})`, 3.5),
  prefixed('pinecone-key', 'pcsk_', `${word}{40,100}`),
  prefixed('sourcegraph-token', 'sgp_', `(?:[a-fA-F0-9]{16}|local)_[a-fA-F0-9]{40}(?!${alnum})`, 3),
  prefixed('sourcegraph-token', 'sgp_', `[a-fA-F0-9]{40}(?!${alnum})`, 3),
  labelled('sourcegraph-token', 'sourcegraph', '[a-fA-F0-9]{40}'),

  // clouds
  prefixed('aws-bedrock-key', 'ABSK', `[A-Za-z0-9+/]{109,269}={0,2}(?![A-Za-z0-9+/=])`, 3),
  prefixed('aws-bedrock-key', 'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t', '[A-Za-z0-9+/=]{20,2000}'),
  prefixed('aws-session-token', 'IQoJb3JpZ2lu', '[A-Za-z0-9+/=]{100,4000}'),
  prefixed('aws-session-token', 'FwoGZXIvYXdz', '[A-Za-z0-9+/=]{100,4000}'),
  prefixed('google-api-key', 'AIza', `${word}{35}(?!${word})`, 3.2),
  prefixed('google-access-token', 'ya29.', `${word}{20,2000}`),
  prefixed('google-refresh-token', '1//0', `${word}{38,200}`, 3.2),
  prefixed('google-client-secret', 'GOCSPX-', `${word}{28}`),
  {
    kind: 'azure-client-secret',
    words: ['7q~', '8q~', '9q~', '6q~', '5q~'],
    back: 3,
    pattern: /[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/y,
    entropy: 3,
    isInfix: true,
  },
  {
    kind: 'azure-shared-signature',
    words: ['&sig=', '?sig='],
    pattern: /[&?]sig=([A-Za-z0-9%+/=]{43,120})/iy,
    isInfix: true,
  },
  prefixed('digitalocean-token', 'dop_v1_', '[a-f0-9]{64}'),
  prefixed('digitalocean-token', 'doo_v1_', '[a-f0-9]{64}'),
  prefixed('alibaba-secret', 'LTAI', `${alnum}{16,26}(?!${alnum})`, 3),
  prefixed('databricks-token', 'dapi', `[a-f0-9]{32}(?:-\\d)?(?!${alnum})`, 3),
  prefixed('terraform-token', 'atlasv1.', `${word}{60,70}`),
  prefixed('vault-token', 'hvs.', `${word}{24,200}`, 3),
  prefixed('vault-batch-token', 'hvb.', `${word}{100,300}`, 3),
  prefixed('pulumi-token', 'pul-', `[a-f0-9]{40}(?!${alnum})`),
  prefixed('doppler-token', 'dp.pt.', `${alnum}{40,44}`),
  prefixed('doppler-token', 'dp.st.', `[\\w.-]{40,64}`),
  prefixed('fly-token', 'fo1_', `${word}{43}`, 3.5),
  prefixed('fly-token', 'fm2_', `[A-Za-z0-9+/=]{100,2000}`),
  prefixed('heroku-key', 'HRKU-', `[A-Za-z0-9_-]{36,64}`),
  prefixed('prefect-key', 'pnu_', `${alnum}{36}`, 3),
  prefixed('infracost-key', 'ico-', `${alnum}{32}(?!${alnum})`, 3.3),
  prefixed('clickhouse-key', '4b1d', `${alnum}{38}(?!${alnum})`, 3.5),
  prefixed('openshift-token', 'sha256~', `${word}{43}`, 3.3),
  prefixed('supabase-token', 'sbp_', '[a-f0-9]{40}'),
  prefixed('neon-key', 'napi_', `${alnum}{60,70}`),
  prefixed('planetscale-token', 'pscale_tkn_', `[\\w.=-]{32,64}`),
  prefixed('planetscale-password', 'pscale_pw_', `[\\w.=-]{32,64}`),
  prefixed('octopus-key', 'API-', `[A-Z0-9]{26}(?!${alnum})`, 3),

  // work and messaging
  prefixed('slack-bot-token', 'xoxb-', `[0-9]{8,14}-[0-9A-Za-z-]{10,120}`, 3),
  prefixed('slack-token', 'xoxp-', `(?:[0-9]{10,13}-){3}[0-9A-Za-z-]{24,64}`, 3),
  prefixed('slack-token', 'xoxe-', `(?:[0-9]{10,13}-){3}[0-9A-Za-z-]{24,64}`, 3),
  prefixed('slack-app-token', 'xapp-', `\\d-[A-Z0-9]{6,20}-\\d{6,20}-[a-z0-9]{20,100}`, 3),
  prefixed('slack-config-token', 'xoxe.xox', `[bp]-\\d-[A-Z0-9]{120,200}`, 2),
  prefixed('slack-config-refresh', 'xoxe-', `\\d-[A-Z0-9]{120,200}`, 2),
  prefixed('slack-token', 'xoxa-', `(?:\\d-)?[0-9A-Za-z]{8,48}(?:-[0-9A-Za-z]{6,64})*`, 3),
  prefixed('slack-token', 'xoxs-', `[0-9]{6,14}-[0-9A-Za-z-]{10,120}`, 3),
  prefixed('slack-token', 'xoxo-', `[0-9]{6,14}-[0-9A-Za-z-]{10,120}`, 3),
  prefixed('slack-token', 'xoxr-', `(?:\\d-)?[0-9A-Za-z]{8,48}(?:-[0-9A-Za-z]{6,64})*`, 3),
  prefixed('slack-session', 'xoxc-', `[0-9]{8,14}-[0-9A-Za-z-]{10,120}`, 3),
  prefixed('slack-session', 'xoxd-', `[A-Za-z0-9%+/=-]{40,400}`, 3),
  {
    kind: 'slack-webhook',
    words: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9+/]{40,80})/y,
    entropy: 3,
  },
  {
    kind: 'teams-webhook',
    words: ['webhook.office.com'],
    pattern: /webhook\.office\.com\/webhookb2\/([\w@/-]{60,200})/y,
    isInfix: true,
  },
  {
    kind: 'discord-webhook',
    words: ['/api/webhooks/'],
    pattern: /\/api\/webhooks\/\d{16,20}\/([\w-]{60,80})/y,
    isInfix: true,
  },
  prefixed('atlassian-token', 'ATATT3', `[A-Za-z0-9_=-]{180,220}`, 3.5),
  prefixed('notion-token', 'ntn_', `[0-9]{11}[A-Za-z0-9]{35}(?!${alnum})`, 3),
  prefixed('notion-token', 'secret_', `${alnum}{43}(?!${alnum})`, 3.3),
  prefixed('linear-key', 'lin_api_', `${alnum}{40}`),
  prefixed('figma-token', 'figd_', `${word}{38,50}`),
  prefixed('postman-key', 'PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'),
  labelled('airtable-token', 'airtable', `pat${alnum}{14}\\.[a-f0-9]{64}`),
  prefixed('readme-key', 'rdme_', '[a-z0-9]{70}', 3),
  labelled('asana-token', 'asana', String.raw`1/\d{16,17}:[a-f0-9]{32}`),
  prefixed('contentful-token', 'CFPAT-', `${word}{43}`),
  prefixed('dropbox-token', 'sl.', `${word}{130,200}`, 3.5),

  // money, mail, watch
  prefixed('stripe-key', 'sk_live_', `${alnum}{10,250}`),
  prefixed('stripe-key', 'sk_test_', `${alnum}{10,250}`),
  prefixed('stripe-key', 'rk_live_', `${alnum}{10,250}`),
  prefixed('stripe-key', 'rk_test_', `${alnum}{10,250}`),
  prefixed('stripe-webhook-secret', 'whsec_', `[A-Za-z0-9+/=]{24,100}`),
  prefixed('shopify-token', 'shpat_', '[a-fA-F0-9]{32}'),
  prefixed('shopify-token', 'shpca_', '[a-fA-F0-9]{32}'),
  prefixed('shopify-token', 'shppa_', '[a-fA-F0-9]{32}'),
  prefixed('shopify-secret', 'shpss_', '[a-fA-F0-9]{32}'),
  prefixed('square-token', 'EAAA', `[\\w-]{60}(?!${word})`, 3),
  prefixed('square-token', 'sq0atp-', `${word}{22}`),
  prefixed('square-secret', 'sq0csp-', `${word}{43}`),
  prefixed('facebook-token', 'EAA', `[A-Za-z0-9]{60,500}`, 4),
  prefixed('sendgrid-key', 'SG.', `${word}{16,32}\\.${word}{16,64}`),
  prefixed('mailgun-key', 'key-', `[a-f0-9]{32}(?!${alnum})`, 3),
  prefixed('mailgun-key', 'pubkey-', `[a-f0-9]{32}(?!${alnum})`, 3),
  labelled('twilio-key', 'twilio', 'SK[0-9a-f]{32}'),
  prefixed('easypost-key', 'EZAK', `${alnum}{54}(?!${alnum})`),
  prefixed('easypost-key', 'EZTK', `${alnum}{54}(?!${alnum})`),
  prefixed('newrelic-key', 'NRAK-', '[A-Z0-9]{27}'),
  prefixed('sentry-token', 'sntrys_', `[A-Za-z0-9+/=_-]{60,600}`),
  prefixed('sentry-token', 'sntryu_', '[a-f0-9]{64}'),
  prefixed('grafana-token', 'glc_', `[A-Za-z0-9+/]{32,400}={0,3}`, 3),
  prefixed('grafana-token', 'glsa_', `${alnum}{32}_[A-Fa-f0-9]{8}`, 3),
  prefixed('dynatrace-token', 'dt0c01.', `[A-Z0-9]{24}\\.[A-Z0-9]{64}`),
  prefixed('onepassword-token', 'ops_', 'eyJ[A-Za-z0-9+/]{200,2000}={0,3}', 4),
  prefixed('age-key', 'AGE-SECRET-KEY-1', '[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'),
  prefixed('tailscale-key', 'tskey-', `[a-z]{2,12}-${alnum}{6,40}(?:-${alnum}{6,64})?`),
  prefixed('intra42-secret', 's-s4t2ud-', '[a-f0-9]{64}'),
  prefixed('intra42-secret', 's-s4t2af-', '[a-f0-9]{64}'),
  labelled('okta-token', 'okta', `00[\\w=-]{40}`),
  {
    kind: 'facebook-app-token',
    words: ['facebook'],
    pattern: /facebook[^|\n]{0,40}?(\d{15,16}\|[\w-]{27})/iy,
    entropy: 3,
    isInfix: true,
  },
  {
    kind: 'telegram-bot-token',
    words: ['/bot', 'bot_token', 'telegram'],
    pattern: /(?:\/bot|bot_token|telegram)[\w "':=-]{0,30}?(\d{8,10}:AA[\w-]{32,34})(?![\w-])/iy,
    isInfix: true,
  },

  // shapes
  {
    kind: 'jwt',
    words: ['eyj'],
    pattern: /eyJ[\w-]{10,4000}\.eyJ[\w-]{8,16000}\.?[\w-]{0,2000}/y,
  },
  {
    kind: 'private-key',
    words: ['-----begin'],
    // A key in a string may carry its line breaks as the two characters `\n`.
    pattern:
      /-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=:,.\s]|-(?!----)|\\[nrt]){24,32000}-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----/y,
    isInfix: true,
  },
  {
    // Cut off before its end: what is there of it still goes.
    kind: 'private-key',
    words: ['-----begin'],
    pattern: /-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----((?:[A-Za-z0-9+/=:,.\s]|\\[nrt]){60,32000})/y,
    isInfix: true,
  },
  {
    kind: 'bearer-token',
    words: ['bearer '],
    pattern: /bearer {1,3}([A-Za-z0-9._~+/-]{12,8000}={0,2})/iy,
    entropy: 2.8,
  },
  {
    // Prose says `basic usage`; base64 of `user:password` all but always holds a digit or ends in `=`.
    kind: 'basic-credentials',
    words: ['basic '],
    pattern: /basic {1,3}((?=[A-Za-z+/]{0,400}[0-9=])[A-Za-z0-9+/]{8,4000}={0,2})(?![\w+/=.-])/iy,
    entropy: 2.8,
  },
  {
    kind: 'authorization',
    words: ['authorization'],
    pattern:
      /authorization["'\\]{0,4}\s{0,3}[:=]\s{0,3}["'\\]{0,4}(?!bearer |basic |digest )(?:[A-Za-z][A-Za-z-]{1,20} (?!credential=))?([A-Za-z0-9._~+/@-][A-Za-z0-9._~+/@=-]{11,4000})/iy,
    entropy: 2.8,
  },
  {
    // The whole header: which of its pairs is the session, nobody can tell from outside.
    kind: 'cookie',
    words: ['cookie'],
    pattern: /cookie["'\\]{0,4}\s{0,3}: {0,3}["'\\]{0,4}([^"'\\\r\n=]{1,80}=[^"'\\\r\n]{8,8000})/iy,
    isInfix: true,
  },
  {
    kind: 'curl-password',
    words: ['-u ', '--user '],
    pattern: /(?:-u|--user) {1,3}["']?[^\s"':]{0,80}["']?:["']?([^\s"'<>[\]$]{3}[^\s"'<>]{0,200})/y,
    isInfix: true,
  },
  {
    kind: 'curl-password',
    words: ['-u "', '--user "', "-u '", "--user '"],
    pattern: /(?:-u|--user) ["']([^\s"':$]{8,200}):["']/y,
    entropy: 2.5,
    isInfix: true,
  },
]
