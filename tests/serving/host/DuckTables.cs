using System.Globalization;
using DuckDB.NET.Data;

namespace MnistAdder.Scoring.Tests;

/// <summary>Parquet files that DuckDB writes and reads.</summary>
internal static class DuckTables
{
    /// <summary>Rows with a column of each type that Parquet has: <c>path</c> of a digit's picture, <c>number</c>, and others.</summary>
    /// <param name="rows">How many; every 11th has no picture and every 7th no number to add.</param>
    public static string OfEveryType(int rows) => $$"""
        select
          case when i % 11 = 10 then 'nothing.bmp' else (i % 10) || '.bmp' end as path,
          case when i % 7 = 6 then null else (i // 10 % 10)::integer end as number,
          (i % 100)::tinyint as int8, (i % 200)::utinyint as uint8, i::smallint as int16, i::usmallint as uint16, i::uinteger as uint32, -i::bigint as int64, i::ubigint as uint64,
          i / 7.0::real as "float", case when i % 5 = 0 then 'nan'::double else i / 3.0::double end as "double",
          (i / 7.0)::decimal(9, 2) as decimal9, (i / 7.0)::decimal(30, 4) as decimal30, i % 2 = 0 as truth,
          case when i % 3 = 0 then null else 'text ' || i end as "text", '' as empty, ('\xAA\xBB' || i)::blob as bytes,
          date '2020-01-01' + i::integer as "date", time '10:00:00.5' + interval (i) second as "time",
          timestamp '1960-01-01 10:00:00.25' + interval (i) second as moment, timestamptz '2020-01-01 10:00:00+01' + interval (i) second as utc,
          md5(i::varchar)::uuid as uuid, ('kind ' || i % 4)::enum ('kind 0', 'kind 1', 'kind 2', 'kind 3') as kind,
          [i, i + 1] as list, map {'key ' || i: i} as map, {'a': i, 'b': 'b' || i} as structure
        from range({{rows}}) as rows(i)
        """;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="query">Its rows.</param>
    /// <param name="rowGroup">Rows of a row group, a multiple of 2048.</param>
    public static void Write(string path, string query, int rowGroup = 122_880)
    {
        using DuckDBConnection connection = Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"copy ({query}) to '{path}' (format parquet, row_group_size {rowGroup})";
        command.ExecuteNonQuery();
    }

    /// <summary>The columns of what a query gives, each with its type.</summary>
    public static (string Name, string Type)[] Types(string query) => [.. Rows($"describe {query}").Select(row => ((string)row[0], (string)row[1]))];

    /// <summary>What a query gives.</summary>
    public static List<object[]> Rows(string query)
    {
        using DuckDBConnection connection = Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = query;
        using DuckDBDataReader reader = command.ExecuteReader();
        List<object[]> rows = [];
        while (reader.Read())
        {
            object[] row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>How many rows of two queries differ, place by place.</summary>
    public static long Differing(string one, string other) => Convert.ToInt64(
        Rows($"""
            with a as (select row_number() over () as place, * from ({one})), b as (select row_number() over () as place, * from ({other}))
            select count(*) from a full join b on a.place = b.place where a is distinct from b
            """)[0][0],
        CultureInfo.InvariantCulture);

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        return connection;
    }
}
