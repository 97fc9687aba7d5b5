import { formatTime } from '#kit'

import { IntakeError } from '../error.ts'
import type { IntakeOf, Way } from '../way.ts'
import { endsAtMs, tlsOf, tlsSecretNames } from './identity.ts'

const names = [tlsSecretNames.identity, tlsSecretNames.clients]

export const syslogWay: Way<'syslog'> = {
  secrets: names,
  lent: names,
  setup: ({ listen, framing, clients }) => {
    const { port } = hostAndPort({ listen })
    const own =
      clients === 'certificate'
        ? [
            '  $DefaultNetstreamDriverCertFile /etc/rsyslog.d/sender.pem',
            '  $DefaultNetstreamDriverKeyFile /etc/rsyslog.d/sender.key',
          ]
        : []
    return [
      'rsyslog (with rsyslog-gnutls), in /etc/rsyslog.d/cordon.conf:',
      '  $DefaultNetstreamDriverCAFile /etc/rsyslog.d/ca.pem',
      ...own,
      `  *.* action(type="omfwd" target="NAME-IN-THE-CERTIFICATE" port="${port}" protocol="tcp"`,
      '    StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="NAME-IN-THE-CERTIFICATE"',
      `    template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="${framing === 'octets' ? 'octet-counted' : 'traditional'}"`,
      '    queue.type="LinkedList" queue.filename="cordon" queue.saveOnShutdown="on" action.resumeRetryCount="-1")',
    ]
  },
  blind: ({ clients }) => [
    'syslog acknowledges nothing: what is on the way when a connection ends is lost, unless its sender sends it again',
    ...(clients === 'any' ? ['whoever reaches the port can write anything here: no certificate is asked for'] : []),
  ],
  async check(intake, { see, clock }) {
    try {
      const tls = tlsOf(intake, see)
      const leftMs = endsAtMs(tls) - clock.nowMs()
      const until = formatTime(endsAtMs(tls))
      return {
        missing: leftMs > 0 ? [] : [`the certificate ended on ${until}: no sender can connect`],
        says: [`listens on \`${intake.listen}\``, `the certificate is good until ${until}`],
      }
    } catch (error) {
      if (error instanceof IntakeError) return { missing: [error.message], says: [] }
      throw error
    }
  },
}

export function hostAndPort({ listen }: Pick<IntakeOf<'syslog'>, 'listen'>): { host: string; port: number } {
  const colon = listen.lastIndexOf(':')
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(listen.slice(colon + 1)) }
}
