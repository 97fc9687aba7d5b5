/**
 * RFC 4180, with a line of names first. A cell that a spreadsheet would take for a formula is led by an apostrophe
 * (https://owasp.org/www-community/attacks/CSV_Injection): what it shows may come from somebody else.
 */
export function csv(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null): string => {
    if (typeof value === 'number') return String(value)
    const text = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value ?? ''}` : (value ?? '')
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
