import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

import type { Secrets } from '#sources/contract'

import { IntakeError } from '../error.ts'
import type { IntakeOf } from '../way.ts'

/** `tlsIdentity`: certificate chain and private key in one PEM text. `clientAuthority`: who signs senders' certificates. */
export const tlsSecretNames = { identity: 'tlsIdentity', clients: 'clientAuthority' } as const

export type TlsParts = { cert: string; key: string; ca?: string; requestCert: boolean }

/** Throws ERR_INTAKE_TLS when the texts are none, or do not belong together: a listener without them does not open. */
export function tlsOf({ clients }: Pick<IntakeOf<'syslog'>, 'clients'>, secrets: Secrets): TlsParts {
  const identity = secrets[tlsSecretNames.identity]
  const ca = secrets[tlsSecretNames.clients]
  if (identity === undefined) throw unfit(tlsSecretNames.identity, 'there is none')
  if (clients === 'certificate' && ca === undefined) {
    throw unfit(tlsSecretNames.clients, 'there is none, and senders are known by their certificate')
  }
  const parts = {
    cert: identity,
    key: identity,
    requestCert: clients === 'certificate',
    ...(ca === undefined ? {} : { ca }),
  }
  if (ca !== undefined && !isCertificate(ca)) throw unfit(tlsSecretNames.clients, 'it is no PEM of a certificate')
  try {
    createSecureContext(parts)
    return parts
  } catch {
    // What OpenSSL says is not passed on: it may quote what it read.
    throw unfit(tlsSecretNames.identity, 'it is no PEM of a certificate and its private key')
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).validTo !== ''
  } catch {
    return false
  }
}

export const endsAtMs = ({ cert }: TlsParts): number => Date.parse(new X509Certificate(cert).validTo)

const unfit = (name: string, why: string): IntakeError =>
  new IntakeError('ERR_INTAKE_TLS', `\`${name}\`: ${why}`, {
    hint: `give it with --see ${name}=file:PATH, or \`cordon source rotate\``,
  })
