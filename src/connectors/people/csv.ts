import { PeopleError } from './error.ts'

export const columnsMax = 500
export const cellCharsMax = 10_000

/**
 * RFC 4180, with any one delimiter and any line end. Row by row; a quote that is never closed, or one in the middle of a
 * bare cell, is an error that names its line and never what stands there.
 */
export function* parseCsv(text: string, delimiter: string): Generator<{ line: number; cells: string[] }> {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const first = line
    const cells: string[] = []
    for (let isEnd = false; !isEnd;) {
      const cell = text[at] === '"' ? quoted(text, at, line) : bare(text, at, delimiter, line)
      at = cell.end
      line += cell.lines
      cells.push(cell.value)
      if (cells.length > columnsMax || cell.value.length > cellCharsMax)
        throw badCsv(first, 'is longer than any row may be')
      if (text[at] === delimiter) at++
      else {
        if (at < text.length && text[at] !== '\r' && text[at] !== '\n')
          throw badCsv(line, 'has text behind a closed quote')
        at += text.startsWith('\r\n', at) ? 2 : 1
        line++
        isEnd = true
      }
    }
    if (cells.length > 1 || cells[0] !== '') yield { line: first, cells }
  }
}

type Cell = { value: string; end: number; lines: number }

function quoted(text: string, start: number, line: number): Cell {
  let value = ''
  for (let at = start + 1; ;) {
    const close = text.indexOf('"', at)
    if (close === -1) throw badCsv(line, 'opens a quote that nothing closes')
    value += text.slice(at, close)
    if (text[close + 1] !== '"') return { value, end: close + 1, lines: value.split('\n').length - 1 }
    value += '"'
    at = close + 2
  }
}

function bare(text: string, start: number, delimiter: string, line: number): Cell {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++
  const value = text.slice(start, end)
  if (value.includes('"')) throw badCsv(line, 'has a quote in the middle of a cell')
  return { value, end, lines: 0 }
}

const badCsv = (line: number, what: string): PeopleError =>
  new PeopleError('ERR_PEOPLE_ROW', `line ${line} ${what}`, {
    place: `line ${line}`,
    hint: 'write the file as RFC 4180 says: cells with quotes or delimiters stand in quotes, quotes in them are doubled',
  })
