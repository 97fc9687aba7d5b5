import type { IntakeOf, Way } from '../way.ts'
import { faultOfSecret, newHookSecret } from './signature.ts'

/** `webhookSecretBefore`: the one before the last rotation, with its end in front (`<ms> <secret>`); made by Cordon alone. */
export const hookSecretNames = { now: 'webhookSecret', before: 'webhookSecretBefore' } as const

export const webhookWay: Way<'webhook'> = {
  secrets: [hookSecretNames.now],
  lent: [hookSecretNames.now, hookSecretNames.before],
  // Slack makes its own; at GitHub a person enters one, and takes ours as well as any.
  make: ({ signature }, given, random) =>
    signature === 'slack' || given[hookSecretNames.now] !== undefined
      ? {}
      : { [hookSecretNames.now]: newHookSecret(random) },
  rotated: (given, held, untilMs) => {
    const [now, before] = [given[hookSecretNames.now], held[hookSecretNames.now]]
    return now === undefined || before === undefined
      ? given
      : { ...given, [hookSecretNames.before]: `${untilMs} ${before}` }
  },
  setup({ signature }, { source, host, made }) {
    const secret = made[hookSecretNames.now]
    const isHere = /^(127\.|localhost|\[::1\])/.test(host)
    return [
      `URL: ${isHere ? 'http' : 'https'}://${host}/v1/hooks/${source}`,
      `signature: ${says[signature]}`,
      secret === undefined ? 'secret: the one that was given' : `secret, told this once: ${secret}`,
    ]
  },
  blind: ({ signature }) => [
    'what the sender did not send, or gave up to send, is not known',
    ...(signature === 'github'
      ? ['the signature covers no time: who captured a call can send it again, and the same body counts once']
      : []),
  ],
  async check({ signature }, { see }) {
    const secret = see[hookSecretNames.now]
    const fault = secret === undefined ? 'there is none' : faultOfSecret(signature, secret)
    return {
      missing: fault === undefined ? [] : [`\`${hookSecretNames.now}\`: ${fault}; every call is refused`],
      says: [`takes webhooks signed the way of \`${signature}\``],
    }
  },
}

/** Secrets that are good now: the present one, and the one before until its end. */
export function hookSecrets(lent: Readonly<Record<string, string>>, nowMs: number): string[] {
  const [now, before] = [lent[hookSecretNames.now], lent[hookSecretNames.before]]
  const space = before?.indexOf(' ') ?? -1
  return [
    ...(now === undefined ? [] : [now]),
    ...(before !== undefined && Number(before.slice(0, space)) > nowMs ? [before.slice(space + 1)] : []),
  ]
}

const says: Record<IntakeOf<'webhook'>['signature'], string> = {
  standard: 'Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`: v1, HMAC-SHA256)',
  github: '`X-Hub-Signature-256`, content type `application/json`',
  slack: '`X-Slack-Signature`: the secret is the signing secret of your Slack app',
}
