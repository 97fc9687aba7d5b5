import { buildSchema } from 'graphql'

/** The part of Linear's schema that one may need to keep tasks: names, arguments and types as its own client has them. */
export const schema = buildSchema(`
  scalar DateTime
  scalar TimelessDate

  type Query {
    organization: Organization!
    teams(filter: TeamFilter, first: Int, after: String, includeArchived: Boolean): TeamConnection!
    issues(filter: IssueFilter, first: Int, after: String, includeArchived: Boolean): IssueConnection!
    issue(id: String!): Issue!
  }
  type Mutation {
    issueCreate(input: IssueCreateInput!): IssuePayload!
    issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
  }

  type Organization { id: ID! urlKey: String! name: String! }
  type Team {
    id: ID!
    key: String!
    name: String!
    private: Boolean!
    states(filter: WorkflowStateFilter, first: Int, after: String): WorkflowStateConnection!
  }
  type WorkflowState { id: ID! name: String! type: String! position: Float! }
  type Issue {
    id: ID!
    identifier: String!
    title: String!
    description: String
    url: String!
    createdAt: DateTime!
    dueDate: TimelessDate
    trashed: Boolean
    state: WorkflowState!
    team: Team!
    history(first: Int, after: String): IssueHistoryConnection!
  }
  type IssueHistory { id: ID! createdAt: DateTime! actorId: String toState: WorkflowState }

  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type TeamConnection { nodes: [Team!]! pageInfo: PageInfo! }
  type WorkflowStateConnection { nodes: [WorkflowState!]! pageInfo: PageInfo! }
  type IssueConnection { nodes: [Issue!]! pageInfo: PageInfo! }
  type IssueHistoryConnection { nodes: [IssueHistory!]! pageInfo: PageInfo! }
  type IssuePayload { success: Boolean! lastSyncId: Float! issue: Issue }

  input StringComparator { eq: String in: [String!] }
  input IssueIdComparator { eq: ID in: [ID!] }
  input TeamFilter { key: StringComparator name: StringComparator }
  input WorkflowStateFilter { type: StringComparator name: StringComparator }
  input IssueFilter { id: IssueIdComparator team: TeamFilter }
  input IssueCreateInput {
    id: String
    teamId: String!
    title: String
    description: String
    dueDate: TimelessDate
    stateId: String
    priority: Int
    labelIds: [String!]
  }
  input IssueUpdateInput { title: String description: String stateId: String trashed: Boolean }
`)
