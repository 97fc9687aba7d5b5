import type { Framework } from '../types.ts'
import { about, house } from './evidence.ts'

/** Regulation (EU) 2024/1689, the articles about data, records and security. */
export const euAiAct: Framework = {
  id: 'eu-ai-act',
  title: 'EU AI Act, data governance',
  edition: 'Regulation (EU) 2024/1689',
  controls: [
    {
      id: '10(5)(b)',
      asks: 'special categories of personal data are technically secured',
      evidence: [...about.secrets, ...about.factors, ...about.outside],
    },
    {
      id: '10(5)(c)',
      asks: 'only authorised people have access to them, and access is documented',
      evidence: [...about.leastRight, ...about.leaving, ...house('sources-read')],
    },
    { id: '10(5)(d)', asks: 'other parties do not get at them', evidence: [...about.outside, ...about.apps] },
    { id: '12', asks: 'events are recorded', evidence: [...house('sources-read'), ...about.record] },
    {
      id: '15(5)',
      asks: 'attempts to change data, use or output are prevented, found and answered',
      evidence: [...about.pipelines, ...about.watching, ...about.response],
    },
    { id: '26(6)', asks: 'logs are kept for at least six months', evidence: house('events-kept') },
    {
      id: '73',
      asks: 'serious incidents can be reported with what is known of them',
      evidence: [...house('incidents-contained'), ...about.record],
    },
  ],
}
