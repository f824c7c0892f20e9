package clients

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is for one step: an installation, or one client.
const patience = 90 * time.Second

// The same few tables, in each kind of source.
const (
	postgresTables = `
		create table customers (id serial primary key, name varchar(40) not null unique, credit numeric(12,2), tags text[]);
		create table orders (id int primary key, customer_id int not null references customers(id) on delete cascade, placed date);
		create index orders_placed_idx on orders (placed desc, customer_id);
		comment on table customers is 'people who buy';
		comment on column orders.placed is 'the day';
		insert into customers (name, credit, tags) values ('ann', 1.5, '{a,b}'), ('bob', 2.5, null);
		insert into orders select i, 2 - i % 2, date '2024-01-01' + i from generate_series(1, 5) i`
	mysqlTables = `
		create table city (id int primary key, name varchar(40), pop bigint);
		create table street (id int primary key, city_id int not null, foreign key (city_id) references city (id));
		insert into city values (1, 'A', 100), (2, 'B', 200)`
	sqliteTables = `
		create table acc (id integer primary key, customer_id int not null, bal numeric(10,2));
		create table mov (id integer primary key, acc_id int references acc(id));
		insert into acc values (1, 1, 5.5)`
)

// TestClients runs those whose tools are here; in CI all have to be.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("clients are not tried in a short run")
	}
	host, port := gateway(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("psql", func(t *testing.T) {
		tool(t, "psql")
		out := run(t, here, "psql", "-X", "-v", "ON_ERROR_STOP=0", "-f", "psql_client.sql",
			fmt.Sprintf("postgres://app@%s:%s/shop?sslmode=disable", host, port))
		for _, want := range []string{
			`"customers_pkey" PRIMARY KEY, btree (id)`, `"customers_name_key" UNIQUE CONSTRAINT, btree (name)`,
			`"orders_placed_idx" btree (placed DESC, customer_id)`, "FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE",
			"FOREIGN KEY (city_id) REFERENCES my.city(id)", "FOREIGN KEY (acc_id) REFERENCES lite.acc(id)", "the day",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		if strings.Contains(out, "ERROR") {
			t.Error(out)
		}
	})
	t.Run("python", func(t *testing.T) {
		tool(t, "python3")
		folder := t.TempDir()
		run(t, folder, "python3", "-m", "venv", "venv")
		python := filepath.Join(folder, "venv", "bin", "python")
		run(t, folder, python, "-m", "pip", "-q", "--timeout", "15", "--retries", "2", "install", "--no-compile", "psycopg[binary]==3.3.*", "sqlalchemy==2.0.*", "django==4.2.*", "pandas==2.*")
		for _, script := range []string{"psycopg_client.py", "django_client.py"} {
			t.Run(script, func(t *testing.T) { run(t, here, python, script, host, port) })
		}
	})
	t.Run("node", func(t *testing.T) {
		tool(t, "npm")
		folder := t.TempDir()
		install(t, folder, "npm", "install", "--silent", "--no-audit", "--no-fund", "--fetch-timeout=15000", "--fetch-retries=2", "--prefix", folder, "pg@8", "pg-cursor@2")
		script, err := os.ReadFile("node_client.js")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "client.js"), script, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, folder, "node", "client.js", host, port)
	})
	t.Run("pgjdbc", func(t *testing.T) {
		tool(t, "java")
		folder := t.TempDir()
		download(t, "https://repo1.maven.org/maven2/org/postgresql/postgresql/42.7.4/postgresql-42.7.4.jar", filepath.Join(folder, "postgresql-42.7.4.jar"))
		run(t, here, "java", "-cp", filepath.Join(folder, "postgresql-42.7.4.jar"), "Metadata.java", host, port)
	})
}

// tool skips, aloud, a client that is not here; in CI it has to be.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("GATEWAY_CI") != "" {
		t.Fatalf("%s is not installed; add it to .ci/services install", name)
	}
	t.Skipf("%s is not installed: its client is not tried", name)
}

// install runs an installer, again when it comes to no end: npm now and then waits for a
// registry that has answered, and the next try takes a second.
func install(t *testing.T, folder, name string, args ...string) {
	t.Helper()
	const tries = 3
	for try := 1; try < tries; try++ {
		ctx, cancel := context.WithTimeout(t.Context(), patience/tries)
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = folder
		cmd.WaitDelay = 5 * time.Second
		out, err := cmd.CombinedOutput()
		cancel()
		if err == nil {
			return
		}
		t.Logf("%s, try %d: %v\n%s", name, try, err, out)
	}
	run(t, folder, name, args...)
}

// download gets a file.
func download(t *testing.T, url, file string) {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %v", url, response.Status, err)
	}
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, folder string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipe
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s %s did not end within %s\n%s", filepath.Base(name), strings.Join(args, " "), patience, out)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
