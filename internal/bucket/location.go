package bucket

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
)

// Location is where files are; one of its fields is set.
type Location struct {
	Local *Local `json:"local,omitempty"`
	S3    *S3    `json:"s3,omitempty"`
	GCS   *GCS   `json:"gcs,omitempty"`
	Azure *Azure `json:"azure,omitempty"`
}

// Local is a folder of this machine.
type Local struct {
	RootDir string `json:"root_dir"`
}

// S3 is a bucket of Amazon S3 or of a server that speaks its protocol.
type S3 struct {
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix,omitempty"`
	// Endpoint is the URL of a server other than Amazon's; buckets are then named in the
	// path unless PathStyle says otherwise.
	Endpoint string `json:"endpoint,omitempty"`
	Region   string `json:"region,omitempty"`
	// AccessKey, SecretKey and SessionToken come from the SDK's chain (environment,
	// shared files, the machine's role) when they are not given.
	AccessKey    backends.Secret `json:"access_key,omitzero"`
	SecretKey    backends.Secret `json:"secret_key,omitzero"`
	SessionToken backends.Secret `json:"session_token,omitzero"`
	PathStyle    *bool           `json:"path_style,omitempty"`
	Anonymous    bool            `json:"anonymous,omitempty"`
}

// GCS is a bucket of Google Cloud Storage.
type GCS struct {
	Bucket   string `json:"bucket"`
	Prefix   string `json:"prefix,omitempty"`
	Endpoint string `json:"endpoint,omitempty"` // a URL; the default is Google's
	// Credentials is the JSON of a service account's key: ${file:key.json}. The default
	// is the environment's.
	Credentials backends.Secret `json:"credentials,omitzero"`
	// CredentialsFile is the name of a file that holds it.
	CredentialsFile string `json:"credentials_file,omitempty"`
	Anonymous       bool   `json:"anonymous,omitempty"`
}

// Azure is a container of Azure Blob Storage.
type Azure struct {
	Account   string `json:"account"`
	Container string `json:"container"`
	Prefix    string `json:"prefix,omitempty"`
	// Endpoint is the service's URL; the default is https://ACCOUNT.blob.core.windows.net.
	Endpoint string `json:"endpoint,omitempty"`
	// AccountKey or SASToken is the credential; without either it is the SDK's chain.
	AccountKey backends.Secret `json:"account_key,omitzero"`
	SASToken   backends.Secret `json:"sas_token,omitzero"`
	Anonymous  bool            `json:"anonymous,omitempty"`
}

// Schemes are the URL schemes that there are, for messages.
const Schemes = "file://, mem://, s3://, gs://, azblob://"

// Scheme is a URL's scheme; a plain folder name is a file.
func Scheme(location string) string {
	scheme, _, ok := strings.Cut(location, "://")
	if !ok {
		return "file"
	}
	return strings.ToLower(scheme)
}

// Validate reports what is wrong with a config's url and location, of which one is given.
func Validate(location string, l *Location) []backends.Fault {
	switch {
	case location == "" && l == nil:
		return []backends.Fault{{Path: "url", Message: "is missing; it is a folder or a bucket, as in file:///data/lake or s3://bucket/lake"}}
	case location != "" && l != nil:
		return []backends.Fault{{Path: "location", Message: "and url are both given; one of them says where the files are"}}
	case l != nil:
		return l.validate()
	}
	switch Scheme(location) {
	case "file", "mem":
		return nil
	}
	parsed, err := parse(location)
	if err != nil {
		return []backends.Fault{{Path: "url", Message: err.Error()}}
	}
	faults := parsed.validate()
	for i := range faults { // its keys are those of the structured form
		name := faults[i].Path[strings.LastIndexByte(faults[i].Path, '.')+1:]
		faults[i] = backends.Fault{Path: "url", Message: name + " " + faults[i].Message}
	}
	return faults
}

// parse reads a URL of a remote store.
func parse(location string) (*Location, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("is not a URL")
	}
	if u.User != nil {
		return nil, fmt.Errorf("holds user information; give keys in location, by reference")
	}
	prefix := strings.Trim(u.Path, "/")
	q := query{values: u.Query()}
	l := &Location{}
	switch Scheme(location) {
	case "s3":
		l.S3 = &S3{
			Bucket: u.Host, Prefix: prefix, Endpoint: q.text("endpoint"), Region: q.text("region"),
			PathStyle: q.flag("use_path_style"), Anonymous: q.is("anonymous"),
		}
	case "gs":
		l.GCS = &GCS{Bucket: u.Host, Prefix: prefix, Endpoint: q.text("endpoint"), Anonymous: q.is("anonymous")}
	case "azblob":
		l.Azure = &Azure{Account: q.text("account"), Container: u.Host, Prefix: prefix, Endpoint: q.text("endpoint"), Anonymous: q.is("anonymous")}
	default:
		return nil, fmt.Errorf("no %s:// stores in this build; there are %s", Scheme(location), Schemes)
	}
	return l, q.rest()
}

// query takes the parameters of a URL one by one.
type query struct {
	values url.Values
	err    error
}

func (q *query) text(name string) string {
	v := q.values.Get(name)
	q.values.Del(name)
	return v
}

func (q *query) flag(name string) *bool {
	text := q.text(name)
	if text == "" {
		return nil
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		q.err = fmt.Errorf("parameter %s must be true or false", name)
	}
	return &v
}

func (q *query) is(name string) bool {
	v := q.flag(name)
	return v != nil && *v
}

func (q *query) rest() error {
	for name := range q.values {
		return fmt.Errorf("unknown parameter %q; keys are given in location", name)
	}
	return q.err
}

// bucketName is what all three services ask of a name.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$`)

func (l *Location) validate() (faults []backends.Fault) {
	add := func(path, message string) {
		faults = append(faults, backends.Fault{Path: "location." + path, Message: message})
	}
	name := func(path, value string) {
		if !bucketName.MatchString(value) {
			add(path, "must be the name of a bucket: three or more of a-z, 0-9, '-', '.' and '_'")
		}
	}
	endpoint := func(path, value string) {
		if u, err := url.Parse(value); value != "" && (err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https") {
			add(path, "must be a URL like https://host:9000")
		}
	}
	given := 0
	if l.Local != nil {
		given++
		if l.Local.RootDir == "" {
			add("local.root_dir", "is missing; it is a folder")
		}
	}
	if s := l.S3; s != nil {
		given++
		name("s3.bucket", s.Bucket)
		endpoint("s3.endpoint", s.Endpoint)
		if s.AccessKey.IsZero() != s.SecretKey.IsZero() {
			add("s3.secret_key", "and access_key are given together or not at all")
		}
		if s.Anonymous && !s.AccessKey.IsZero() {
			add("s3.anonymous", "and keys are both given")
		}
		if s.SecretKey.IsZero() && !s.SessionToken.IsZero() {
			add("s3.session_token", "goes with access_key and secret_key")
		}
		faults = append(faults, s.AccessKey.Fault("location.s3.access_key")...)
		faults = append(faults, s.SecretKey.Fault("location.s3.secret_key")...)
		faults = append(faults, s.SessionToken.Fault("location.s3.session_token")...)
	}
	if g := l.GCS; g != nil {
		given++
		name("gcs.bucket", g.Bucket)
		endpoint("gcs.endpoint", g.Endpoint)
		if count(!g.Credentials.IsZero(), g.CredentialsFile != "", g.Anonymous) > 1 {
			add("gcs.credentials", "credentials_file and anonymous: only one of them is given")
		}
		faults = append(faults, g.Credentials.Fault("location.gcs.credentials")...)
	}
	if a := l.Azure; a != nil {
		given++
		name("azure.container", a.Container)
		endpoint("azure.endpoint", a.Endpoint)
		if a.Account == "" && (a.Endpoint == "" || !a.AccountKey.IsZero()) {
			add("azure.account", "is missing; it is the storage account's name")
		}
		if count(!a.AccountKey.IsZero(), !a.SASToken.IsZero(), a.Anonymous) > 1 {
			add("azure.account_key", "sas_token and anonymous: only one of them is given")
		}
		faults = append(faults, a.AccountKey.Fault("location.azure.account_key")...)
		faults = append(faults, a.SASToken.Fault("location.azure.sas_token")...)
	}
	if given != 1 {
		faults = append(faults, backends.Fault{Path: "location", Message: "must hold one of local, s3, gcs and azure"})
	}
	return faults
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// address is a location for people, and its prefix.
func (l *Location) address() (address, prefix string) {
	switch {
	case l.S3 != nil:
		address, prefix = "s3://"+l.S3.Bucket, l.S3.Prefix
	case l.GCS != nil:
		address, prefix = "gs://"+l.GCS.Bucket, l.GCS.Prefix
	case l.Azure != nil:
		address, prefix = "azblob://"+l.Azure.Container, l.Azure.Prefix
	default:
		return l.Local.RootDir, ""
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		address, prefix = address+"/"+prefix, prefix+"/"
	}
	return address, prefix
}

// folderOf is the folder that a location names: file:///data, file://./data, data.
func folderOf(location, base string) string {
	if u, err := url.Parse(location); err == nil && u.Scheme == "file" {
		location = filepath.FromSlash(u.Host + u.Path)
	}
	if !filepath.IsAbs(location) {
		location = filepath.Join(base, location)
	}
	return location
}
