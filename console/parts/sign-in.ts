import { h, type ComponentChild } from 'preact'
import { useRef, useState } from 'preact/hooks'

import { createApi } from '../api.ts'
import { isSignedOut, saidOf, type Said } from '../problem.ts'
import { ProblemBox } from './problem.ts'

/** What a person pastes may bring spaces or the word before it along. */
export const cleanToken = (text: string): string => text.trim().replace(/^Bearer\s+/i, '')

/** A token is tried before it is kept. One that is good but may not list the sources is good all the same. */
export function SignIn({ why, onToken }: { why: string | null; onToken: (token: string) => void }): ComponentChild {
  const [said, setSaid] = useState<Said | null>(null)
  const [isTrying, setTrying] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: Event): void => {
    event.preventDefault()
    const token = cleanToken(field.current?.value ?? '')
    if (!/^[\w.~+/-]+=*$/.test(token)) return setSaid(noToken)
    setTrying(true)
    void tried(token).then((problem) => {
      setTrying(false)
      if (problem === null) return onToken(token)
      setSaid(problem)
      field.current?.focus()
    })
  }
  return h(
    'main',
    { class: 'sign-in' },
    h('h1', null, 'Cordon'),
    h('p', null, 'Sign in with an API token. It stays in this tab until you sign out or close it.'),
    why === null ? null : h('p', { role: 'status', class: 'word warn' }, `Signed out: ${why}.`),
    said === null ? null : h(ProblemBox, { what: 'Not signed in', said }),
    h(
      'form',
      { onSubmit: submit },
      h('label', { for: 'token' }, 'Token'),
      h('input', {
        id: 'token',
        ref: field,
        type: 'password',
        autoComplete: 'off',
        spellcheck: false,
        required: true,
        autoFocus: true,
        'aria-describedby': 'token-help',
      }),
      h('button', { type: 'submit', disabled: isTrying }, isTrying ? 'Signing in …' : 'Sign in'),
      h(
        'p',
        { id: 'token-help', class: 'dim' },
        h('code', null, 'cordon init'),
        ' keeps an administrator’s token in ',
        h('code', null, '~/.config/cordon/profile'),
        '; ',
        h('code', null, 'cordon user add'),
        ' makes one for somebody else.',
      ),
    ),
  )
}

const noToken: Said = {
  status: null,
  code: 'ERR_CONSOLE_TOKEN',
  detail: 'this is no token',
  hint: 'a token is one word, such as `cat_…`',
}

/** Null when the token is good. */
async function tried(token: string): Promise<Said | null> {
  try {
    await createApi(token).call('source.list')
    return null
  } catch (error) {
    const said = saidOf(error)
    return said.status === 403 && !isSignedOut(said) ? null : said
  }
}
