import {
  evidenceInWords,
  figureInWords,
  momentInWords,
  type ReportDocument,
  type ReportEvidence,
} from './report-words.ts'

/** CommonMark with tables. Names come from others: nothing of them is taken for markup. Pure. */
export function markdownOf(documents: readonly ReportDocument[]): string {
  return `${documents.map(one).join('\n\n---\n\n')}\n`
}

function one({ title, subject, atMs, asOf, figures, times, sections, unknown }: ReportDocument): string {
  return [
    `# ${plain(title)}`,
    '',
    plain(subject),
    '',
    ...(figures.length === 0 ? [] : ['| | |', '|---|---|', ...figures.map(figureRow), '']),
    ...(times.length === 0
      ? []
      : [
          '## Times',
          '',
          ...times.map(({ atMs: at, says, evidence }) => line(`${momentInWords(at)}: ${says}`, evidence)),
          '',
        ]),
    ...sections.flatMap((section) =>
      section.lines.length === 0
        ? []
        : [
            `## ${plain(section.title)}`,
            '',
            ...section.lines.map(({ says, evidence }) => line(says, evidence)),
            ...(section.more === 0 ? [] : [`- and ${section.more} more`]),
            '',
          ],
    ),
    ...(unknown.length === 0
      ? []
      : ['## Not known, or cannot be ruled out', '', ...unknown.map((says) => `- ${plain(says)}`), '']),
    `As of ${momentInWords(atMs)}, log offset ${asOf}.`,
  ].join('\n')
}

const figureRow = (figure: ReportDocument['figures'][number]): string =>
  `| ${plain(figure.label)} | **${figureInWords(figure)}** (${plain(evidenceInWords(figure.evidence))}) |`
const line = (says: string, evidence: ReportEvidence): string =>
  `- ${plain(says)} (${plain(evidenceInWords(evidence))})`

/** https://spec.commonmark.org/0.31.2/#backslash-escapes; line ends and control characters become blanks. */
const plain = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replaceAll(/[\\`*_[\]<>|#&!]/g, String.raw`\$&`)
