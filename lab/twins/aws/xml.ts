/** What an operation of the query protocol answers; lists are `member` elements. A refusal has its code and status. */
export type Answer = { [key: string]: string | Answer | Answer[] }

const refusals = new WeakMap<Answer, number>()
export function refusal(status: number, code: string): Answer {
  const answer = { Code: code }
  refusals.set(answer, status)
  return answer
}
export const statusOf = (answer: Answer): number => refusals.get(answer) ?? 200

/** Where the elements of a list are not called `member`. */
const memberNames: Readonly<Record<string, string>> = { DescribeDBLogFiles: 'DescribeDBLogFilesDetails' }

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const write = (answer: Answer): string =>
  Object.entries(answer)
    .map(([name, value]) => {
      const inside = Array.isArray(value)
        ? value.map((one) => wrap(memberNames[name] ?? 'member', write(one))).join('')
        : typeof value === 'string'
          ? escape(value)
          : write(value)
      return wrap(name, inside)
    })
    .join('')

const wrap = (name: string, inside: string): string => `<${name}>${inside}</${name}>`

export function writeXml(action: string, answer: Answer): string {
  const id = '<RequestId>00000000-0000-4000-8000-000000000000</RequestId>'
  if (statusOf(answer) !== 200) {
    return `<ErrorResponse><Error><Type>Sender</Type>${write({ ...answer, Message: 'refused' })}</Error>${id}</ErrorResponse>`
  }
  return `<${action}Response><${action}Result>${write(answer)}</${action}Result><ResponseMetadata>${id}</ResponseMetadata></${action}Response>`
}
