using System.Text;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Tests;

/// <summary>Tables and rows without files.</summary>
internal static class TestRows
{
    public static CsvTable Table(string csv, ColumnNames? columns = null) => Table(Encoding.UTF8.GetBytes(csv), columns);

    public static CsvTable Table(byte[] csv, ColumnNames? columns = null) => CsvTable.Open(new CsvReader(new MemoryStream(csv), "rows.csv"), "rows.csv", columns);

    /// <summary>A row of a table whose first column is the path and whose second is the number.</summary>
    public static TextRow Row(string[] fields, string? flaw = null, long line = 2)
    {
        var table = new CsvTable(new CsvReader(Stream.Null, "rows.csv"), "rows.csv", null, [.. fields.Select((_, index) => $"column {index}")], new ColumnRoles(0, 1, null));
        return new TextRow(table, line, fields, flaw);
    }
}
