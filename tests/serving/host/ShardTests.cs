using System.Text;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

/// <summary><c>plan</c>, <c>score --plan</c> and <c>merge</c>.</summary>
public sealed class ShardTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    private string Parts => _folder["parts"];

    private string Merged => _folder["output-merged"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 1000)]
    [InlineData(3, 4)]
    [InlineData(7, 1000)]
    [InlineData(200, 5)]
    public void Merged_parts_are_byte_for_byte_what_one_run_writes(int shards, int segmentRows)
    {
        string[] inputs = [Write("a.csv", 60), Write("b.csv", 1), Write("c.csv", 0), Write("d.csv", 31)];
        string[] options = ["--probabilities", "--output-prefix", "m_", "--label-column", "label"];
        AssertSame(inputs, shards, segmentRows, options, ExitCodes.DoneWithBadRows);
        foreach (string format in (string[])["jsonl", "parquet"])
        {
            Directory.Delete(Parts, recursive: true);
            AssertSame(inputs, shards, segmentRows, [.. options, "--format", format], ExitCodes.DoneWithBadRows);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(7, 1000)]
    [InlineData(20, 5)]
    public void Parquet_is_planned_by_row_groups_and_merged_parts_are_byte_for_byte_what_one_run_writes(int shards, int segmentRows)
    {
        string[] inputs = [_folder["a.parquet"], _folder["b.parquet"], _folder["c.parquet"]];
        DuckTables.Write(inputs[0], DuckTables.OfEveryType(9_000), rowGroup: 2048);
        DuckTables.Write(inputs[1], DuckTables.OfEveryType(0));
        DuckTables.Write(inputs[2], DuckTables.OfEveryType(3_000), rowGroup: 2048);
        AssertSame(inputs, shards, segmentRows, ["--format", "parquet"], ExitCodes.DoneWithBadRows);
        foreach (string format in (string[])["csv", "jsonl"])
        {
            Directory.Delete(Parts, recursive: true);
            AssertSame(inputs, shards, segmentRows, ["--format", format, "--omit", "list", "--omit", "map", "--omit", "structure"], ExitCodes.DoneWithBadRows);
        }
    }

    [Fact]
    public void A_Parquet_file_that_has_changed_is_refused()
    {
        string input = _folder["a.parquet"];
        DuckTables.Write(input, DuckTables.OfEveryType(30));
        Plan([input], 1, "--format", "parquet");
        DateTime written = File.GetLastWriteTimeUtc(input);
        byte[] file = File.ReadAllBytes(input);
        file[^20] ^= 1; // in the footer
        File.WriteAllBytes(input, file);
        File.SetLastWriteTimeUtc(input, written);
        Assert.Contains("a.parquet' isn't what it was when the plan was made: its footer differs", Error("score", "--plan", Parts, "--shard", "0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Relative_paths_begin_in_the_folder_of_each_input_or_at_the_root()
    {
        Directory.CreateDirectory(_folder["deeper"]);
        File.Copy(_folder.Picture(7), _folder["deeper/7.png"]);
        string[] inputs = [_folder.Write("a.csv", "path,number\n3.bmp,1\n"), _folder.Write("deeper/b.csv", "path,number\n7.png,1\n")];
        AssertSame(inputs, 2, 10, [], ExitCodes.Done);
        Directory.Delete(Parts, recursive: true);
        AssertSame(inputs, 2, 10, ["--root", _folder["deeper"]], ExitCodes.DoneWithBadRows);
    }

    [Fact]
    public void A_pattern_names_tables_in_the_order_of_their_names()
    {
        _folder.Write("rows-2.csv", "path,number\n3.bmp,1\n");
        _folder.Write("rows-1.csv", "path,number\n7.bmp,2\n");
        AssertSame([_folder["rows-*.csv"]], 2, 10, [], ExitCodes.Done);
        Assert.Equal(["path", "7.bmp", "3.bmp"], File.ReadAllLines(Merged).Select(line => line.Split(',')[0]));
    }

    [Fact]
    public void A_part_that_is_there_is_not_made_again()
    {
        Plan([_folder.WriteRows(30)], 2);
        Shard(0);
        string[] before = Files();
        CommandLineRun again = Shard(0);
        Assert.Contains("shard 0 of 2 is done already: 15 rows, 0 failed", again.Error, StringComparison.Ordinal);
        Assert.Equal(before, Files());

        // Nor where it is a copy, whose time says nothing.
        File.SetLastWriteTimeUtc(Part(0), DateTime.UnixEpoch);
        Assert.Contains("is done already", Shard(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_part_is_found_and_made_again()
    {
        Plan([_folder.WriteRows(30)], 2);
        Shard(0);
        Shard(1);
        DateTime written = File.GetLastWriteTimeUtc(Part(1));
        byte[] part = File.ReadAllBytes(Part(1));
        part[^3] ^= 1;
        File.WriteAllBytes(Part(1), part);
        File.SetLastWriteTimeUtc(Part(1), written);

        CommandLineRun merge = CommandLineRun.Of("merge", Parts, "-o", Merged);
        Assert.Equal(ExitCodes.Failed, merge.ExitCode);
        Assert.Contains($"1 of 2 parts aren't there: shard 1 is damaged: '{Path.GetFileName(Part(1))}' has another hash than its manifest: mnist-adder score --plan {Parts} --shard 1 --verify", merge.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.Leftovers());

        Assert.Contains("is done already", Shard(1).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("is done already", Shard(1, "--verify").Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("merge", Parts, "-o", Merged).ExitCode);
    }

    [Fact]
    public void Parts_of_Parquet_that_are_damaged_are_listed_even_where_the_input_is_gone()
    {
        Plan([_folder.WriteRows(30)], 2, "--format", "parquet");
        foreach (int shard in (int[])[0, 1])
        {
            Shard(shard);
            File.AppendAllText(Part(shard), "x");
        }

        File.Delete(_folder["rows.csv"]);
        CommandLineRun merge = CommandLineRun.Of("merge", Parts, "-o", Merged + ".parquet");
        Assert.StartsWith("error: 2 of 2 parts aren't there: shard 0 is damaged", merge.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void Missing_parts_are_listed_with_the_commands_that_make_them()
    {
        Plan([_folder.WriteRows(90)], 30);
        Shard(3);
        File.Delete(Part(3));
        CommandLineRun merge = CommandLineRun.Of("merge", Parts, "-o", Merged);
        Assert.Equal(ExitCodes.Failed, merge.ExitCode);
        Assert.StartsWith($"error: 30 of 30 parts aren't there: shard 0 is missing: mnist-adder score --plan {Parts} --shard 0 --verify; shard 1 is missing", merge.Error, StringComparison.Ordinal);
        Assert.Contains("shard 3 is missing: its file", merge.Error, StringComparison.Ordinal);
        Assert.EndsWith("; and 10 more" + Environment.NewLine, merge.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_behind_the_segments_that_are_done()
    {
        string input = _folder.Write("rows.csv", "path,number\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row == 13 ? "later.bmp,1\n" : $"{row % 10}.bmp,1\n")));
        Plan([input], 1, "--segment-rows", "5", "--on-error", "fail");
        CommandLineRun stopped = Run(0);
        Assert.Equal(ExitCodes.Failed, stopped.ExitCode);
        Assert.Contains("rows.csv, line 15: the file is missing", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(["00000.json", "00001.json"], Segments("*.json"));
        Assert.Empty(Directory.GetFiles(Parts, "part-*.csv"));

        // One of them is damaged meanwhile, and one is cut off.
        File.Copy(_folder.Picture(3), _folder["later.bmp"]);
        string first = Directory.GetFiles(SegmentFolder, "00000-*.csv").Single();
        byte[] segment = File.ReadAllBytes(first);
        segment[0] ^= 1;
        File.WriteAllBytes(first, segment);
        CommandLineRun goesOn = Shard(0);
        Assert.Contains("shard 0 of 1: 2 of 4 segments are done already", goesOn.Error, StringComparison.Ordinal);
        Assert.Contains("note: a segment of shard 0 of 1 was damaged and is made again", goesOn.Error, StringComparison.Ordinal);
        Assert.Contains("shard 0 of 1: 3 of 4 segments are done already", goesOn.Error, StringComparison.Ordinal);
        Assert.Contains("shard 0 of 1: 20 rows, 0 failed", goesOn.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(SegmentFolder));
        AssertMergedLike([input], [], ExitCodes.Done);
    }

    [Fact]
    public void Bad_rows_end_with_2_or_where_an_engine_would_try_again_with_0()
    {
        Plan([Write("rows.csv", 20)], 1);
        Assert.Equal(ExitCodes.DoneWithBadRows, Run(0).ExitCode);
        Assert.Equal(ExitCodes.DoneWithBadRows, Run(0).ExitCode);
        Assert.Equal(ExitCodes.Done, Run(0, "--bad-rows", "ok").ExitCode);
        Assert.Equal(ExitCodes.DoneWithBadRows, CommandLineRun.Of("merge", Parts, "-o", Merged).ExitCode);
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("merge", Parts, "-o", Merged, "--bad-rows", "ok").ExitCode);
        Assert.Equal(ExitCodes.Done, CommandLineRun.Of("score", _folder["rows.csv"], "-o", _folder.Output, "--model", _folder.Model, "--bad-rows", "ok").ExitCode);
    }

    [Fact]
    public void The_same_plan_again_is_no_mistake_and_another_one_is()
    {
        string input = _folder.WriteRows(30);
        Plan([input], 2);
        Assert.Contains("is there already: 30 rows in 2 shards", Plan([input], 2).Error, StringComparison.Ordinal);
        Assert.Contains("has another plan", Error("plan", input, "--shards", "3", "-o", Parts, "--model", _folder.Model), StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_another_plan_is_refused()
    {
        Plan([_folder.WriteRows(30)], 2);
        Shard(0);
        File.Delete(_folder["parts/plan.json"]);
        Plan([_folder.WriteRows(30)], 3);
        Assert.Contains("part-00000.json' is of another plan than", Error("score", "--plan", Parts, "--shard", "0"), StringComparison.Ordinal);
        Assert.Contains("part-00000.json' is of another plan than", Error("merge", Parts, "-o", Merged), StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_or_model_that_has_changed_is_refused()
    {
        string input = _folder.WriteRows(30);
        Plan([input], 1);
        byte[] rows = File.ReadAllBytes(input);
        DateTime written = File.GetLastWriteTimeUtc(input);
        File.SetLastWriteTimeUtc(input, written.AddSeconds(1));
        Assert.Contains($"'{input}' has changed since the plan was made", Error("score", "--plan", Parts, "--shard", "0"), StringComparison.Ordinal);

        // As long, and as old.
        rows[^2] ^= 1;
        File.WriteAllBytes(input, rows);
        File.SetLastWriteTimeUtc(input, written);
        Assert.Contains($"'{input}' isn't what it was when the plan was made", Error("score", "--plan", Parts, "--shard", "0"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Parts, "part-*"));

        rows[^2] ^= 1;
        File.WriteAllBytes(input, rows);
        File.SetLastWriteTimeUtc(input, written);
        File.AppendAllText(_folder.Model, "x");
        Assert.Contains("isn't the one that the plan was made with", Error("score", "--plan", Parts, "--shard", "0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"version\"", "other", "can't be read")]
    [InlineData("\"program\": \"", "\"program\": \"9.", "The plan was made by version 9.")]
    [InlineData("\"shards\"", "\"shard\"", "can't be read")]
    [InlineData("{", "", "can't be read")]
    public void A_plan_of_another_program_or_a_damaged_one_is_one_line(string text, string other, string expected)
    {
        Plan([_folder.WriteRows(3)], 1);
        string plan = File.ReadAllText(_folder["parts/plan.json"]);
        int at = Math.Max(0, plan.IndexOf(text, StringComparison.Ordinal));
        File.WriteAllText(_folder["parts/plan.json"], plan[..at] + other + plan[Math.Min(plan.Length, at + text.Length)..]);
        Assert.Contains(expected, Error("score", "--plan", Parts, "--shard", "0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path,number\na.bmp,1\n3\".bmp,1\n", "line 3: a quote is malformed")]
    [InlineData("path,number\na.bmp,1\n\"3\"x.bmp,1\n", "line 3: a quote is malformed")]
    [InlineData("path,number\na.bmp,1\n\"3.bmp,1\n", "a quote before it is never closed")]
    [InlineData("path,digit\n", "the header has no column 'number'")]
    [InlineData("", "the file is empty")]
    public void Tables_whose_records_can_t_be_told_are_refused_when_they_are_planned(string csv, string expected) =>
        Assert.Contains(expected, Error("plan", _folder.Write("rows.csv", csv), "--shards", "2", "-o", Parts, "--model", _folder.Model), StringComparison.Ordinal);

    [Fact]
    public void Inputs_that_tasks_can_t_read_parts_of_are_refused_with_what_to_do()
    {
        byte[] csv = Encoding.UTF8.GetBytes("path,number\n");
        using var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionMode.Compress))
            gzip.Write(csv);
        Assert.Contains("rows.csv.gz is compressed with gzip; decompress it first (gunzip -k)", Refused(_folder.Write("rows.csv.gz", compressed.ToArray())), StringComparison.Ordinal);
        Assert.Contains("wide.csv is in UTF-16; convert it to UTF-8 first (iconv", Refused(_folder.Write("wide.csv", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("path,number\n")])), StringComparison.Ordinal);
        Assert.Contains("Standard input can't be planned", Refused("-"), StringComparison.Ordinal);
        Assert.Contains("is no regular file", Refused(_folder.Path), StringComparison.Ordinal);
        Assert.Contains("'nothing.csv' doesn't exist", Refused("nothing.csv"), StringComparison.Ordinal);
        Assert.Contains("several tables must have one header", Refused(_folder.Write("a.csv", "path,number\n"), _folder.Write("b.csv", "number,path\n")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Parts));

        string Refused(params string[] inputs) => Error(["plan", .. inputs, "--shards", "2", "-o", Parts, "--model", _folder.Model]);
    }

    [Theory]
    [InlineData("--shard 2", "--shard is 2, and the plan has 2 shards, 0 to 1.")]
    [InlineData("--shard -1", "--shard is '-1'; it must be a whole number from 0, or auto.")]
    [InlineData("--shard first", "--shard is 'first'; it must be a whole number from 0, or auto.")]
    [InlineData("", "--plan and --shard come together")]
    [InlineData("--shard 0 rows.csv", "INPUT and --plan exclude each other")]
    [InlineData("--shard 0 -o x.csv", "--output can't be given with --plan")]
    [InlineData("--shard 0 --root .", "--root can't be given with --plan")]
    [InlineData("--shard 0 --model best", "--model can't be given with --plan")]
    public void A_wrong_choice_is_one_line(string options, string expected)
    {
        Plan([_folder.WriteRows(3)], 2);
        Assert.Contains(expected, Error(["score", "--plan", Parts, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_that_an_engine_gave_is_taken_where_it_is_asked_for()
    {
        Plan([_folder.WriteRows(30)], 4);
        Assert.Contains("none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX is set", Error("score", "--plan", Parts, "--shard", "auto"), StringComparison.Ordinal);
        try
        {
            foreach ((string variable, int number) in new[] { ("SLURM_ARRAY_TASK_ID", 3), ("JOB_COMPLETION_INDEX", 1), ("AWS_BATCH_JOB_ARRAY_INDEX", 2) })
            {
                Environment.SetEnvironmentVariable(variable, $"{number}");
                CommandLineRun run = CommandLineRun.Of("score", "--plan", Parts, "--shard", "auto");
                Assert.Equal(ExitCodes.Done, run.ExitCode);
                Assert.StartsWith($"shard {number} of 4, by {variable}", run.Error, StringComparison.Ordinal);
                Environment.SetEnvironmentVariable(variable, "7");
                Assert.Contains($"{variable} is 7, and the plan has 4 shards, 0 to 3.", Error("score", "--plan", Parts, "--shard", "auto"), StringComparison.Ordinal);
                Environment.SetEnvironmentVariable(variable, null);
            }

            Environment.SetEnvironmentVariable("SLURM_ARRAY_TASK_ID", "1");
            Environment.SetEnvironmentVariable("JOB_COMPLETION_INDEX", "2");
            Assert.Contains("SLURM_ARRAY_TASK_ID is 1 and JOB_COMPLETION_INDEX is 2", Error("score", "--plan", Parts, "--shard", "auto"), StringComparison.Ordinal);
        }
        finally
        {
            foreach (string variable in new[] { "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX" })
                Environment.SetEnvironmentVariable(variable, null);
        }
    }

    // Rows with everything that keeps a record from being a line.
    private string Write(string name, int rows)
    {
        var csv = new StringBuilder("\uFEFFlabel;path;number;note\r\n\r\n");
        for (int row = 0; row < rows; row++)
        {
            string end = (row % 5) switch { 0 => "\r\n", 1 => "\n", 2 => "\r\n\r\n", 3 => "\r", _ => "\n" };
            string note = (row % 4) switch { 0 => "plain", 1 => "\"two\r\nlines; \"\"quoted\"\"\"", 2 => "", _ => "\"\"" };
            string path = row % 11 == 10 ? "nothing.bmp" : $"{row % 10}.bmp";
            csv.Append(row % 10).Append(';').Append(path).Append(';').Append(row % 7 == 6 ? "x" : $"{row % 9}").Append(';').Append(note).Append(end);
            if (row % 13 == 12)
                csv.Append("too;few\n");
        }

        return _folder.Write(name, csv.ToString());
    }

    private void AssertSame(string[] inputs, int shards, int segmentRows, string[] options, int exitCode)
    {
        CommandLineRun plan = Plan(inputs, shards, [.. options, "--segment-rows", $"{segmentRows}"]);
        Assert.Equal(ExitCodes.Done, plan.ExitCode);
        for (int shard = shards - 1; shard >= 0; shard--)
            Assert.NotEqual(ExitCodes.Failed, Run(shard).ExitCode);
        AssertMergedLike(inputs, options, exitCode);
        Assert.Equal(2 * shards, Directory.GetFileSystemEntries(Parts, "part-*").Length);
    }

    // Bytes, counts and exit code.
    private void AssertMergedLike(string[] inputs, string[] options, int exitCode)
    {
        CommandLineRun merge = CommandLineRun.Of("merge", Parts, "-o", Merged);
        CommandLineRun one = CommandLineRun.Of(["score", .. inputs, "-o", _folder.Output, "--model", _folder.Model, .. options]);
        Assert.Equal((exitCode, exitCode), (one.ExitCode, merge.ExitCode));
        Assert.Equal(File.ReadAllBytes(_folder.Output), File.ReadAllBytes(Merged));
        string[] summary = one.Error.Split('\n'), merged = merge.Error.Split('\n');
        int counts = Array.FindIndex(summary, line => line.Contains(" rows, ", StringComparison.Ordinal) || line.Contains(" row, ", StringComparison.Ordinal));
        Assert.Equal(summary[..counts], merged[..counts]);
        Assert.Equal(summary[counts].Split(" s, ")[0].Split(',')[..^1], merged[counts].Split(',')[..^2]);
    }

    private CommandLineRun Plan(string[] inputs, int shards, params string[] options)
    {
        CommandLineRun run = CommandLineRun.Of(["plan", .. inputs, "--shards", $"{shards}", "-o", Parts, "--model", _folder.Model, .. options]);
        Assert.True(run.ExitCode == ExitCodes.Done, run.Error);
        return run;
    }

    private CommandLineRun Run(int shard, params string[] options) => CommandLineRun.Of(["score", "--plan", Parts, "--shard", $"{shard}", "--provider", "cpu", .. options]);

    private CommandLineRun Shard(int shard, params string[] options)
    {
        CommandLineRun run = Run(shard, options);
        Assert.True(run.ExitCode == ExitCodes.Done, run.Error);
        return run;
    }

    private static string Error(params string[] arguments)
    {
        CommandLineRun run = CommandLineRun.Of(arguments);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Equal(1, run.Error.TrimEnd('\n').Split('\n').Count(line => line.StartsWith("error: ", StringComparison.Ordinal)));
        return run.Error;
    }

    private string SegmentFolder => _folder["parts/part-00000.segments"];

    private string[] Segments(string pattern) => [.. Directory.GetFiles(SegmentFolder, pattern).Select(path => Path.GetFileName(path)).Order()];

    private string Part(int shard) => Directory.GetFiles(Parts, $"part-{shard:00000}-*").Single();

    private string[] Files() => [.. Directory.GetFiles(Parts).Select(file => $"{file} {File.GetLastWriteTimeUtc(file):o}").Order()];
}
