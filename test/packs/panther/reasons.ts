/**
 * Why Cordon says nothing where Panther's rule matches, by that rule. What a rule of Cordon counts, or tells at level `low`, needs no
 * reason here. A difference without a reason is not written down: the page is not made.
 */
const ambient = 'what programs and people do all day; told only as part of a burst'
const baseline =
  'needs to know what is usual there: first-seen origins and behaviour do this, not a rule over one record'
const ownAccounts = 'needs to know which accounts are yours; no rule over one record can'
const administrators = 'daily work of administrators: people and groups come and go'
const inventory = 'what is old or unwanted on a host: inventories and advisories tell this, not events'
const endpoint = "a query of osquery's for one old malware of macOS; endpoint tools do this"
const mail = 'mail security, which Cordon leaves to Google; the account behind is watched'

export const theirsAlone: Readonly<Record<string, string>> = {
  'AWS.CloudTrail.Account.Discovery': ambient,
  'AWS.CloudTrail.IMDSCredentialExfiltration': baseline,
  'AWS.CloudTrail.Password.Policy.Discovery': ambient,
  'AWS.Console.Sign-In': 'a sign-in that worked is no finding',
  'AWS.EC2.Monitoring': 'making an image is daily work; sharing it is told',
  'AWS.EC2.Traffic.Mirroring': 'here the copy of traffic is taken down, not set up',
  'AWS.EC2.Vulnerable.XZ.Image.Launched': 'a list of bad images; advisories and inventories do this',
  'AWS.IAM.Group.Read.Only.Events': ambient,
  'AWS.Modify.Cloud.Compute.Infrastructure': 'starting a machine is daily work; many or very large ones are told',
  'AWS.S3.BucketDeleted':
    'the record has an empty `errorCode`, which AWS leaves out; without it a rule of level low matches',
  'AWS.S3.CopyObject.CrossAccount.Encryption.KMS': ownAccounts,
  'AWS.S3.CopyObjectToExternalAccountBucket': ownAccounts,
  'AWS.S3.DeleteObject': ambient,
  'AWS.S3.DeleteObjects': ambient,
  'AWS.SSM.DecryptSSMParams': 'five values at once is a program starting; ten at once and bursts are told',
  'AWS.Software.Discovery': ambient,
  'Role.Assumed.by.AWS.Service': 'a service of AWS takes its role: no finding',
  'Sign-in.with.AWS.CLI.prompt': 'a sign-in that worked is no finding',
  'Standard.NewUserAccountCreated': 'a service creates its linked user: no finding',
  'GitHub.Repo.InitialAccess': baseline,
  'GSuite.DriveOverlyVisible': 'an edit of a document that is open already; the opening of it is told',
  'GSuite.Gmail.Malicious.SMTP.Response': mail,
  'GSuite.Gmail.Malware.In.Email': mail,
  'GSuite.Gmail.Potential.Spoofed.Email': mail,
  'GSuite.Gmail.SpamEmail.AttachmentDownload': mail,
  'GSuite.GroupBannedUser': 'a moderator at work',
  'GSuite.LoginType': 'an unknown way to sign in; the vendor has a list, and new ones come',
  'Amazon.EKS.AnonymousAPIAccess': 'health and version are public by default; any resource without a name is told',
  'Amazon.EKS.Audit.SystemNamespaceFromPublicIP':
    'a node asks for a token of a pod on it; many clusters have nodes with public addresses',
  'Kubernetes.API.Multiple403.PublicIP': 'one refusal; being answered is told',
  'Kubernetes.CronJob.CreatedOrModified': 'daily work of those who deploy',
  'Kubernetes.Pod.Host.IPC': '`hostIPC` is not among what Cordon keeps of a pod',
  'Kubernetes.ServiceAccount.TokenCreated': 'the controller makes tokens for pods; those that people make are told',
  'Azure.Audit.ManyFailedSignIns': 'one failure; what worked under risk is told',
  'Azure.Audit.MultipleProtectionAlerts':
    'the record lacks `status`, which Microsoft always writes: whether it worked is not said',
  'Azure.Audit.RiskLevelPassthrough': 'the sign-in failed',
  'Standard.SignInFromRogueState': "a list of countries; nobody's list but your own can be right",
  'Okta.Login.Success': 'a sign-in that worked is no finding',
  'Okta.Login.Without.Push.Marker': "a warning about limits; needs Push Security's marker in the browser",
  'Okta.SSO.to.AWS': 'a sign-in that worked is no finding',
  'Standard.ImpossibleTravel.Login': baseline,
  'Standard.OTX.MaliciousIndicator': 'a list of addresses that Panther buys in; Cordon brings none along',
  'OpenAI.Login.Success': 'a sign-in that worked is no finding',
  'Salesforce.BulkAPI.DataExfiltration': 'an import of records, not an export',
  'Salesforce.OAuth.Credential.Abuse': 'a token that was revoked or refused, or a count of calls that needs a baseline',
  'Osquery.OutdatedAgent': inventory,
  'Osquery.UnsupportedMacOS': inventory,
  'Osquery.Linux.Mac.VulnerableXZliblzma': inventory,
  'Osquery.Mac.UnwantedChromeExtensions': inventory,
  'Osquery.Mac.OSXAttacks': endpoint,
  'Osquery.Mac.OSXAttacksKeyboardEvents': endpoint,
  'Osquery.Linux.LoginFromNonOffice': "a list of networks; nobody's list but your own can be right",
  'Osquery.Linux.AWSCommandExecuted': ambient,
  'Tailscale.Magic.DNS.Disabled': 'a comfort of names, and no guard',
  'Snowflake.Stream.ExternalShares':
    'how many bytes went to which region: daily work of a share; a copy to a foreign bucket is told by its query',
  'Databricks.Audit.PrincipalRemovedFromGroup': administrators,
  'Databricks.Audit.GroupCreated': administrators,
  'Databricks.Audit.GroupDeleted': administrators,
  'Databricks.Audit.UserAccountDeleted': administrators,
  'Databricks.Audit.UserPasswordChanged': 'a person changed the own password, or failed to',
  'Databricks.Audit.TermsOfServiceChanges': 'no matter of security',
  'Databricks.Audit.NonSSOLogin': 'programs sign in with tokens all day',
  'Databricks.Audit.LongLifetimeTokenGenerated':
    'needs the time between two fields, which no rule of Sigma can tell; a token that never ends is told',
  'Salesforce.ThirdParty.Integration.Monitoring': 'an app was used: no finding without knowing which are yours',
}

/** Why Cordon tells, at level medium or above, of an event where Panther's tested rule does not match. */
export const oursAlone: Readonly<Record<string, string>> = {
  'AWS.CloudTrail.VPCE.AccessDenied':
    'a foreign account was let in by an own endpoint, which another rule of Panther tells too; the tested one asks for a refusal',
  'Okta.Group.Admin.Role.Assigned': 'the event is the reuse of a token, which another rule of Panther tells too',
  'Databricks.Audit.WorkspaceAdminPrivilegedRoleAssignment':
    'the event makes an administrator of the account, which another rule of Panther tells too',
  'Databricks.Audit.ConfigChangesHighPriority':
    'the event makes the audit log less, which another rule of Panther tells too',
  'Anthropic.Activity.Service.Key.Revoked': 'the event is the making of a key, which another rule of Panther tells too',
}
