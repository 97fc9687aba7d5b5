import { h, type ComponentType, type ComponentChild } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'

import { createApi } from './api.ts'
import { useLive } from './live.ts'
import { EventPage } from './pages/event.ts'
import { FindingPage } from './pages/finding.ts'
import { FindingsPage } from './pages/findings.ts'
import { HealthPage } from './pages/health.ts'
import { IncidentPage } from './pages/incident.ts'
import { IncidentsPage } from './pages/incidents.ts'
import { SourcePage } from './pages/source.ts'
import { SourcesPage } from './pages/sources.ts'
import { WeakPage } from './pages/weak.ts'
import { Frame } from './parts/frame.ts'
import { Missing } from './parts/missing.ts'
import { SignIn } from './parts/sign-in.ts'
import { DeskContext } from './read.ts'
import { routeOf, type Route } from './route.ts'
import { dropToken, keepToken, readToken } from './session.ts'

export type PageProps = { route: Route }
/** Of each place: the list, and the page of one. */
const pages: Record<string, { list?: ComponentType<PageProps>; one?: ComponentType<PageProps & { id: string }> }> = {
  sources: { list: SourcesPage, one: SourcePage },
  incidents: { list: IncidentsPage, one: IncidentPage },
  findings: { list: FindingsPage, one: FindingPage },
  health: { list: HealthPage },
  weak: { one: WeakPage },
  events: { one: EventPage },
}

export function App(): ComponentChild {
  const [token, setToken] = useState(readToken)
  const [why, setWhy] = useState<string | null>(null)
  const signOut = (reason: string | null): void => {
    dropToken()
    setToken(null)
    setWhy(reason)
  }
  if (token === null) {
    return h(SignIn, {
      why,
      onToken: (given) => {
        keepToken(given)
        setWhy(null)
        setToken(given)
      },
    })
  }
  return h(SignedIn, { token, signOut })
}

function SignedIn({ token, signOut }: { token: string; signOut: (why: string | null) => void }): ComponentChild {
  const api = useMemo(() => createApi(token), [token])
  const live = useLive(api, () => signOut('the token is no longer good'))
  const route = useRoute()
  const { list, one } = pages[route.page] ?? {}
  const page =
    route.id === null
      ? list === undefined
        ? h(Missing, {})
        : h(list, { route, key: route.page })
      : one === undefined
        ? h(Missing, {})
        : h(one, { route, id: route.id, key: `${route.page} ${route.id}` })
  return h(DeskContext.Provider, { value: { api, live, signOut } }, h(Frame, { route, children: page }))
}

function useRoute(): Route {
  const [hash, setHash] = useState(() => location.hash)
  useEffect(() => {
    const onChange = (): void => setHash(location.hash)
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return useMemo(() => routeOf(hash), [hash])
}
