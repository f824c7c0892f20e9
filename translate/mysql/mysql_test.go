package mysql_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	"github.com/pingcap/tidb/pkg/parser"
	parsermysql "github.com/pingcap/tidb/pkg/parser/mysql"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/mysql"
	"github.com/sqlgateway/gateway/translate/translatetest"
)

// settings are those that the dialect assumes of a session.
var settings = []string{
	"SET sql_mode='ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE," +
		"NO_ZERO_IN_DATE,ONLY_FULL_GROUP_BY,NO_UNSIGNED_SUBTRACTION,NO_ENGINE_SUBSTITUTION'",
	"SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin", "SET time_zone='+00:00'",
}

func target() *translatetest.Target {
	return &translatetest.Target{
		Dialect: mysql.New(mysql.MariaDB, translate.Version{Major: 10, Minor: 11}),
		Schema:  "translate_test",
		Types: map[string]string{
			"text": "varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "timestamp": "datetime(6)", "float8": "double",
			"int2": "smallint", "int4": "int", "int8": "bigint", "bool": "tinyint(1)",
		},
		Facts: func(typ string) *translate.ColumnFacts {
			if typ == "text" {
				return &translate.ColumnFacts{NativeType: "varchar(200)", Charset: "utf8mb4", Collation: "utf8mb4_general_ci"}
			}
			return &translate.ColumnFacts{NativeType: typ}
		},
		Check: wellFormed,
	}
}

// wellFormed parses a text with another implementation's grammar.
func wellFormed(text string) error {
	if strings.Contains(text, "WITH TIES") || strings.Contains(text, " RETURNING ") {
		return nil // MariaDB's, unknown there
	}
	p := parser.New()
	p.SetSQLMode(parsermysql.ModeANSIQuotes | parsermysql.ModePipesAsConcat | parsermysql.ModeNoBackslashEscapes)
	text = strings.ReplaceAll(text, "utf8mb4_nopad_bin", "utf8mb4_bin") // MariaDB's, unknown there
	_, _, err := p.ParseSQL(text)
	return err
}

func TestMariaDB(t *testing.T) {
	dsn := os.Getenv("GATEWAY_TEST_MARIADB")
	if dsn == "" {
		t.Skip("GATEWAY_TEST_MARIADB is not set: no MariaDB to run the rules on")
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, text := range append(settings, "CREATE DATABASE IF NOT EXISTS translate_test", "USE translate_test") {
		if _, err := db.ExecContext(context.Background(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	m := target()
	m.DB = db
	translatetest.Run(t, m)
}

func TestGoldens(t *testing.T) {
	translatetest.Goldens(t, target(), "testdata/rendered")
}

func TestClaims(t *testing.T) {
	translatetest.Claims(t, target())
}
