import java.sql.*;
import java.util.*;

/** pgjdbc: DatabaseMetaData, statements that turn binary at the fifth use, portals. */
public class Metadata {
    static void check(String what, Object got, Object want) {
        if (!got.equals(want)) throw new AssertionError(what + ": got " + got + ", want " + want);
    }

    static List<String> read(ResultSet r, String... columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        while (r.next()) {
            StringJoiner row = new StringJoiner(" ");
            for (String column : columns) row.add(String.valueOf(r.getString(column)));
            rows.add(row.toString());
        }
        return rows;
    }

    public static void main(String[] args) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:postgresql://" + args[0] + ":" + args[1] + "/shop?user=app&sslmode=disable")) {
            DatabaseMetaData m = c.getMetaData();
            check("tables", read(m.getTables(null, "my", "%", new String[] {"TABLE"}), "TABLE_NAME"), List.of("city", "street"));
            check("columns", read(m.getColumns(null, "public", "customers", "%"), "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "IS_NULLABLE"),
                List.of("id serial 10 NO", "name varchar 40 NO", "credit numeric 12 YES", "tags _text 2147483647 YES"));
            check("imported keys", read(m.getImportedKeys(null, "public", "orders"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME"),
                List.of("customers id customer_id"));
            check("exported keys", read(m.getExportedKeys(null, "public", "customers"), "FKTABLE_NAME", "FKCOLUMN_NAME"), List.of("orders customer_id"));
            check("primary key", read(m.getPrimaryKeys(null, "public", "customers"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"), List.of("id 1 customers_pkey"));
            check("indexes", read(m.getIndexInfo(null, "public", "orders", false, false), "INDEX_NAME", "COLUMN_NAME", "ASC_OR_DESC"),
                List.of("orders_pkey id A", "orders_placed_idx placed D", "orders_placed_idx customer_id A"));
            check("key words", m.getSQLKeywords().contains("analyze"), true);
            check("types", m.getTypeInfo().next(), true);
            try (PreparedStatement s = c.prepareStatement("select id, credit, name from customers where id = ?")) {
                for (int i = 0; i < 12; i++) {
                    s.setInt(1, 1 + i % 2);
                    check("prepared", read(s.executeQuery(), "id", "credit", "name"), List.of(i % 2 == 0 ? "1 1.50 ann" : "2 2.50 bob"));
                }
            }
            c.setAutoCommit(false);
            try (Statement s = c.createStatement()) {
                s.setFetchSize(2);
                check("portal", read(s.executeQuery("select id from orders order by id"), "id"), List.of("1", "2", "3", "4", "5"));
            }
            c.rollback();
        }
    }
}
