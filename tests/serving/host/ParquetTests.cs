using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using MnistAdder.Commands;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Parquet;
using MnistAdder.Tests.Support.Scored;
using ParquetSharp.Arrow;

namespace MnistAdder.Scoring.Tests;

/// <summary>Parquet in and out, against DuckDB, which writes the inputs and reads the outputs.</summary>
public sealed class ParquetTests : IDisposable
{
    private const string Results = "digit, digit_confidence, sum, sum_confidence, error, warning";

    private readonly ScoringFolder _folder = new();

    private string Input => _folder["input.parquet"];

    private string Output => _folder["output.parquet"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_of_every_type_are_passed_on_with_their_values_and_types()
    {
        DuckTables.Write(Input, DuckTables.OfEveryType(5000), rowGroup: 2048);
        Score(ExitCodes.DoneWithBadRows);
        (string Name, string Type)[] input = DuckTables.Types($"from '{Input}'"), output = DuckTables.Types($"from '{Output}'");
        Assert.Equal(
            [.. input, ("digit", "BIGINT"), ("digit_confidence", "FLOAT"), ("sum", "BIGINT"), ("sum_confidence", "FLOAT"), ("error", "VARCHAR"), ("warning", "VARCHAR")],
            output);
        Assert.Equal(0, DuckTables.Differing($"from '{Input}'", $"select * exclude ({Results}) from '{Output}'"));
        Assert.Equal(0L, DuckTables.Rows($"select count(*) from '{Output}' where error is null and (digit || '.bmp' <> path or sum <> digit + number)")[0][0]);
        Assert.Equal(5000L - (5000 / 7) - (5000 / 11) + (5000 / 77), DuckTables.Rows($"select count(digit) from '{Output}'")[0][0]);
    }

    [Fact]
    public void Rows_and_types_are_those_of_the_same_run_on_CSV()
    {
        const string Rows = "select case when i % 11 = 10 then 'nothing.bmp' else (i % 10) || '.bmp' end as path, i // 10 % 10 as number, 'a \"b\", ' || i as note from range(500) as rows(i)";
        DuckTables.Write(Input, Rows);
        File.WriteAllText(_folder["input.csv"], "path,number,note\n" + string.Concat(DuckTables.Rows(Rows).Select(row => $"{row[0]},{row[1]},\"{((string)row[2]).Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n")));
        Score(ExitCodes.DoneWithBadRows, "--probabilities");
        foreach (string input in (string[])["input.csv", "input.parquet"])
            Assert.Equal(ExitCodes.DoneWithBadRows, CommandLineRun.Of("score", _folder[input], "-o", _folder["output.csv"], "--model", _folder.Model, "--probabilities").ExitCode);
        Assert.Equal(ExitCodes.DoneWithBadRows, CommandLineRun.Of("score", _folder["input.csv"], "-o", _folder["output-csv.parquet"], "--model", _folder.Model, "--probabilities").ExitCode);

        // A text has no floats of 32 bits.
        string parquet = $"from '{Output}'", text = $"select columns(c -> c not like '%confidence' and c not like '%probability%'), columns(c -> c like '%confidence' or c like '%probability%')::float from '{_folder["output.csv"]}'";
        string ordered = $"select columns(c -> c not like '%confidence' and c not like '%probability%'), columns(c -> c like '%confidence' or c like '%probability%') from '{Output}'";
        Assert.Equal(DuckTables.Types(text), DuckTables.Types(ordered));
        Assert.Equal(0, DuckTables.Differing(text, ordered));
        Assert.Equal(DuckTables.Types(parquet), DuckTables.Types($"from '{_folder["output-csv.parquet"]}'"));
        Assert.Equal(0, DuckTables.Differing(parquet, $"from '{_folder["output-csv.parquet"]}'"));
    }

    [Theory]
    [InlineData("image as image")]
    [InlineData("image as picture", "--path-column", "picture")]
    [InlineData("{'bytes': image, 'path': 'x.bmp'} as image")]
    [InlineData("'nowhere' as path, image as image", "--path-column", "image")]
    public void Encoded_images_may_be_in_the_file(string columns, params string[] options)
    {
        string pictures = string.Join(", ", Enumerable.Range(0, 10).Select(digit => $"'{Escaped(File.ReadAllBytes(_folder.Picture(digit)))}'::blob"));
        DuckTables.Write(Input, $"select {columns}, number from (select case when i = 25 then null when i = 26 then ''::blob when i = 27 then 'junk'::blob else [{pictures}][i % 10 + 1] end as image, i // 10 as number from range(40) as rows(i))");
        CommandLineRun run = Score(ExitCodes.DoneWithBadRows, options);
        Assert.Contains("40 rows, 3 failed", run.Error, StringComparison.Ordinal);
        List<object[]> rows = DuckTables.Rows($"select digit, sum, error from '{Output}'");
        for (int i = 0; i < rows.Count; i++)
        {
            if (i is 25 or 26)
                Assert.Equal("the row has no image", rows[i][2]);
            else if (i == 27)
                Assert.Contains("not an image in a known format", (string)rows[i][2], StringComparison.Ordinal);
            else
                Assert.Equal([(long)(i % 10), (long)((i % 10) + (i / 10))], rows[i][..2]);
        }
    }

    [Fact]
    public void A_bad_row_is_named_by_its_number()
    {
        DuckTables.Write(Input, "select (i % 10) || '.bmp' as path, case when i = 2500 then 77 else 1 end as number from range(5000) as rows(i)", rowGroup: 2048);
        CommandLineRun run = CommandLineRun.Of("score", Input, "-o", Output, "--model", _folder.Model, "--on-error", "fail");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("input.parquet, row 2501: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("number '77'", run.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void Texts_have_types_in_the_forms_that_others_read()
    {
        DuckTables.Write(Input, DuckTables.OfEveryType(100));
        string[] arguments = ["score", Input, "--model", _folder.Model, "--omit", "list", "--omit", "map", "--omit", "structure"];
        Assert.Equal(ExitCodes.DoneWithBadRows, CommandLineRun.Of([.. arguments, "-o", _folder.Output]).ExitCode);
        string types = string.Join(", ", DuckTables.Types($"select * exclude (list, map, structure) from '{Input}'").Select(column => $"'{column.Name}': '{column.Type}'"));
        Assert.Equal(0, DuckTables.Differing(
            $"select * exclude (list, map, structure) replace (base64(bytes) as bytes, coalesce(\"text\", '') as \"text\") from '{Input}'",
            $"select * exclude ({Results}) replace (coalesce(\"text\", '') as \"text\", coalesce(empty, '') as empty) from read_csv('{_folder.Output}', types = {{{types.Replace("'bytes': 'BLOB'", "'bytes': 'VARCHAR'", StringComparison.Ordinal)}}})"));

        Assert.Equal(ExitCodes.DoneWithBadRows, CommandLineRun.Of([.. arguments, "-o", _folder.Output, "--format", "jsonl"]).ExitCode);
        using var second = JsonDocument.Parse(File.ReadLines(_folder.Output).ElementAt(6));
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("number").ValueKind);
        Assert.Equal(JsonValueKind.Number, second.RootElement.GetProperty("double").ValueKind);
        Assert.Equal(JsonValueKind.True, second.RootElement.GetProperty("truth").ValueKind);
        Assert.Equal("2020-01-01T09:00:06Z", second.RootElement.GetProperty("utc").GetString());
        Assert.Equal("1960-01-01T10:00:06.25", second.RootElement.GetProperty("moment").GetString());
        using var first = JsonDocument.Parse(File.ReadLines(_folder.Output).First());
        Assert.Equal("NaN", first.RootElement.GetProperty("double").GetString());
    }

    [Fact]
    public void What_a_text_has_no_form_for_is_refused_before_any_work()
    {
        DuckTables.Write(Input, "select '1.bmp' as path, 1 as number, [1, 2] as boxes");
        string error = Error("score", Input, "-o", _folder.Output);
        Assert.Contains("column 'boxes' as list of int32, which CSV has no form for; --omit boxes leaves it out, and --format parquet takes it", error, StringComparison.Ordinal);
        Assert.Contains("no column 'no' that --omit could leave out, only 'path', 'number', 'boxes'", Error("score", Input, "-o", Output, "--omit", "no"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select 1 as number", "the header has no column 'path', only 'number'; --path-column takes another name")]
    [InlineData("select '1.bmp' as path", "the header has no column 'number'")]
    [InlineData("select 7 as path, 1 as number", "the column 'path' as int32; images are texts that are their paths, or bytes that are encoded images")]
    [InlineData("select '1.bmp' as path, [1] as number", "the column 'number' as list of int32; it must be numbers")]
    [InlineData("select '1.bmp' as path, 1 as number, interval 3 day as term", "the column 'term' of intervals, which aren't read; write them as texts or numbers")]
    [InlineData("select '1.bmp' as path, 1 as number, 2 as \"digit\"", "has a column 'digit', which is the name of a result")]
    public void A_header_that_does_not_do_is_refused(string query, string why)
    {
        DuckTables.Write(Input, query);
        Assert.Contains(why, Error("score", Input, "-o", Output), StringComparison.Ordinal);
        Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void Several_files_have_one_header_and_one_kind()
    {
        DuckTables.Write(Input, "select '1.bmp' as path, 1::bigint as number");
        DuckTables.Write(_folder["b.parquet"], "select '2.bmp' as path, 2::integer as number");
        DuckTables.Write(_folder["c.parquet"], "select '3.bmp' as path, 3::bigint as number");
        string csv = _folder.Write("d.csv", "path,number\n4.bmp,4\n");
        Assert.Contains("b.parquet has the column 'number' as int32, and ", Error("score", Input, _folder["b.parquet"], "-o", Output), StringComparison.Ordinal);
        Assert.Contains("are a CSV and a Parquet file", Error("score", Input, csv, "-o", Output), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("score", Input, _folder["c.parquet"], "-o", Output, "--model", _folder.Model).ExitCode);
        Assert.Equal([[2L], [6L]], DuckTables.Rows($"select sum from '{Output}'"));
    }

    [Fact]
    public void Damaged_and_foreign_files_are_refused_with_a_reason()
    {
        DuckTables.Write(Input, "select '1.bmp' as path, i as number from range(5000) as rows(i)");
        byte[] whole = File.ReadAllBytes(Input);
        Assert.Contains("can't be read as Parquet: ", Error("score", _folder.Write("text.parquet", "path,number\n1.bmp,1\n"), "-o", Output), StringComparison.Ordinal);
        Assert.Contains("empty.parquet can't be read as Parquet: Invalid: Parquet file size is 0 bytes", Error("score", _folder.Write("empty.parquet", ""), "-o", Output), StringComparison.Ordinal);
        Assert.Contains("can't be read as Parquet: ", Error("score", _folder.Write("short", whole[..^1]), "-o", Output), StringComparison.Ordinal);
        for (int at = 4; at < whole.Length; at += 1 + (at / 20))
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x55;
            CommandLineRun run = CommandLineRun.Of("score", _folder.Write("damaged.parquet", damaged), "-o", Output, "--model", _folder.Model);
            Assert.True(run.ExitCode != ExitCodes.Failed || (run.Error.StartsWith("error: ", StringComparison.Ordinal) && run.Error.Count(character => character == '\n') == 1), run.Error);
        }
    }

    [Fact]
    public void A_name_says_the_format_and_an_option_overrules_it()
    {
        string input = _folder.WriteRows(3);
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("score", input, "-o", Output, "--model", _folder.Model).ExitCode);
        Assert.Equal("PAR1"u8.ToArray(), File.ReadAllBytes(Output)[..4]);
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("score", input, "-o", _folder.Output, "--format", "parquet", "--model", _folder.Model).ExitCode);
        Assert.Equal(File.ReadAllBytes(Output), File.ReadAllBytes(_folder.Output));
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("score", input, "-o", Output, "--format", "csv", "--model", _folder.Model).ExitCode);
        Assert.StartsWith("path,number,digit,", File.ReadAllText(Output), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_follow_from_the_rows_and_not_from_how_they_are_dealt_out()
    {
        DuckTables.Write(Input, DuckTables.OfEveryType(3000));
        Assert.Single(Enumerable.Range(0, 4).Select(seed => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Rewritten(seed)))).Distinct());

        byte[] Rewritten(int seed)
        {
            var random = new Random(seed);
            using var file = ParquetFile.Open(File.OpenRead(Input), "input");
            using var bytes = new MemoryStream();
            using (var output = new ParquetOutput(bytes, file.Types))
            {
                foreach (RecordBatch batch in file.Read(0))
                {
                    for (int start = 0, count; start < batch.Length; start += count)
                    {
                        count = Math.Min(random.Next(1, 700), batch.Length - start);
                        output.Add([.. batch.Arrays.Select(column => ArrowArrayFactory.Slice(column, start, count))], count);
                    }
                }
            }

            return bytes.ToArray();
        }
    }

    [Fact]
    public void Types_that_other_writers_hint_at_are_read()
    {
        // As pandas writes categories and Polars texts: plain in the file, with a hint how they lay in memory.
        var indices = new Int32Array.Builder().Append(1).AppendNull().Append(0).Build();
        var path = new DictionaryArray(new DictionaryType(Int32Type.Default, StringType.Default, ordered: false), indices, new StringArray.Builder().Append("3.bmp").Append("4.bmp").Build());
        var large = new LargeStringArray(3, LongOffsets(0, 1, 2, 3), new ArrowBuffer("abc"u8.ToArray()), ArrowBuffer.Empty);
        var number = new Int8Array.Builder().Append(5).Append(6).Append(7).Build();
        var schema = new Schema([new Field("path", path.Data.DataType, true), new Field("large", LargeStringType.Default, true), new Field("number", Int8Type.Default, true)], null);
        using (var builder = new ArrowWriterPropertiesBuilder())
        using (ArrowWriterProperties hints = builder.StoreSchema().Build())
        using (var writer = new FileWriter(Input, schema, null!, hints))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, [path, large, number], 3), 2);
            writer.Close();
        }

        Score(ExitCodes.DoneWithBadRows);
        Assert.Equal([["4.bmp", "a", (sbyte)5, 9L], [DBNull.Value, "b", (sbyte)6, DBNull.Value], ["3.bmp", "c", (sbyte)7, 10L]], DuckTables.Rows($"select path, large, number, sum from '{Output}'"));
    }

    [Fact]
    public void A_file_with_values_everywhere_may_be_followed_by_one_without()
    {
        var schema = new Schema([new Field("path", StringType.Default, nullable: false), new Field("number", Int64Type.Default, nullable: false)], null);
        using (var writer = new FileWriter(Input, schema))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, [new StringArray.Builder().Append("1.bmp").Build(), new Int64Array.Builder().Append(1).Build()], 1), 1);
            writer.Close();
        }

        DuckTables.Write(_folder["b.parquet"], "select '2.bmp' as path, null::bigint as number");
        Assert.Equal(ExitCodes.DoneWithBadRows, CommandLineRun.Of("score", Input, _folder["b.parquet"], "-o", Output, "--model", _folder.Model).ExitCode);
        Assert.Equal([["1.bmp", 1L, 2L], ["2.bmp", DBNull.Value, DBNull.Value]], DuckTables.Rows($"select path, number, sum from '{Output}'"));
    }

    private CommandLineRun Score(int exitCode, params string[] options)
    {
        CommandLineRun run = CommandLineRun.Of(["score", Input, "-o", Output, "--model", _folder.Model, .. options]);
        Assert.True(run.ExitCode == exitCode, run.Error);
        return run;
    }

    private string Error(params string[] arguments)
    {
        CommandLineRun run = CommandLineRun.Of([.. arguments, "--model", _folder.Model]);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        return run.Error;
    }

    private static ArrowBuffer LongOffsets(params long[] offsets)
    {
        var builder = new ArrowBuffer.Builder<long>();
        builder.AppendRange(offsets);
        return builder.Build();
    }

    private static string Escaped(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (byte value in bytes)
            text.Append("\\x").Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
