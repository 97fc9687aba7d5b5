// npm run bench:ocsf: building an OCSF event of CloudTrail's size, and validating it. Baseline in the same run: JSON.parse
// of the same event's text. First the cost of the tables, paid once by a process that validates.
import { ocsfEvent, type OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'

import { bestRates } from './rates.ts'

const rounds = Number(process.env['BENCH_EVENTS'] ?? 200_000)

const build = (at: number): OcsfEvent =>
  ocsfEvent(
    'api_activity',
    'create',
    1_774_353_600_000 + at,
    { name: 'CloudTrail', vendor_name: 'AWS' },
    {
      uid: `293cda0d-8a4a-4a8a-b2a7-${at}`,
      profiles: ['cloud', 'datetime'],
      severity_id: 1,
      status_id: 1,
      status: 'Success',
      time_dt: '2026-03-24T12:00:00.000Z',
      cloud: { provider: 'AWS', region: 'us-east-1', account: { uid: '123456789012' } },
      api: {
        operation: 'CreateAccessKey',
        version: '2010-05-08',
        request: { uid: 'f7b3f9e2-7a0e-4b22-9a40-2f5c6c1f1f55' },
        response: { error: 'none', message: 'ok' },
        service: { name: 'iam.amazonaws.com' },
      },
      actor: {
        user: {
          uid: 'AIDAEXAMPLE',
          uid_alt: 'arn:aws:iam::123456789012:user/ci',
          name: 'ci',
          type: 'IAMUser',
          type_id: 1,
          account: { uid: '123456789012', name: 'lab' },
          programmatic_credentials: [{ uid: 'AKIAEXAMPLE', type: 'access key' }],
        },
        session: { uid: 's-1', created_time: 1_774_353_500_000, is_mfa: false, issuer: 'arn:aws:iam::1:role/ci' },
      },
      src_endpoint: { ip: '192.0.2.7', domain: 'example.com', location: { country: 'DE' } },
      http_request: { user_agent: 'aws-cli/2.15.0 Python/3.11.6 Linux/5.10', uid: 'r-1', http_method: 'POST' },
      resources: [
        { uid: 'arn:aws:iam::123456789012:user/backup', name: 'backup', type: 'AWS::IAM::User', owner: { uid: '1' } },
        { uid: 'arn:aws:iam::123456789012:policy/p', name: 'p', type: 'AWS::IAM::Policy', labels: ['a', 'b'] },
      ],
      observables: [{ name: 'src_endpoint.ip', type_id: 2, value: '192.0.2.7' }],
      unmapped: { eventVersion: '1.08', readOnly: false, managementEvent: true, tlsDetails: { tlsVersion: 'TLSv1.3' } },
    },
  )

const started = process.hrtime.bigint()
const problems = validateOcsf(build(0))
const firstMs = Number(process.hrtime.bigint() - started) / 1e6
if (problems.length > 0) throw new Error(`the benchmark's event is not valid: ${JSON.stringify(problems)}`)

const text = JSON.stringify(build(1))
const event = build(1)
console.log(`${text.length} characters an event; first validation, tables included: ${firstMs.toFixed(1)} ms`)
const baseline = 'JSON.parse (baseline)'
const rates = bestRates(rounds, {
  [baseline]: () => JSON.parse(text) as unknown,
  ocsfEvent: build,
  validateOcsf: () => validateOcsf(event),
})
for (const [name, rate] of rates) {
  const ratio = rate / (rates.get(baseline) ?? Number.NaN)
  console.log(`${name.padEnd(24)} ${Math.round(rate).toLocaleString('en').padStart(10)}/s  ${ratio.toFixed(2)}x`)
}
