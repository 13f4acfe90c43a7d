using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apache.Arrow;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Parquet;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Shards;

/// <summary>How a scoring of many rows is split among tasks: what <c>plan.json</c> holds.</summary>
/// <param name="Program">The version that made it, which scores all of it.</param>
/// <param name="Model">The model.</param>
/// <param name="Settings">What makes results what they are.</param>
/// <param name="Inputs">The tables in their order.</param>
/// <param name="Shards">For each task its segments in their order; some may have none.</param>
internal sealed record ScoringPlan(string Program, PlannedModel Model, ScoringSettings Settings, IReadOnlyList<PlannedTable> Inputs, IReadOnlyList<IReadOnlyList<Segment>> Shards)
{
    /// <summary>The file's name in the plan's folder.</summary>
    public const string FileName = "plan.json";

    /// <summary>How this and what lies beside it is written.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>What tells this plan from every other one: the hash of its file.</summary>
    [JsonIgnore]
    public string Id { get; private init; } = "";

    /// <summary>The version of this program.</summary>
    public static string ThisProgram { get; } = ThisMachine.VersionOf(typeof(ScoringPlan).Assembly);

    /// <summary>Rows of all shards.</summary>
    [JsonIgnore]
    public long Rows => Shards.Sum(RowsOf);

    /// <summary>Rows of a shard.</summary>
    public static long RowsOf(IReadOnlyList<Segment> shard) => shard.Sum(segment => segment.Rows);

    /// <summary>Reads the plan of a folder.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another program.</exception>
    public static ScoringPlan Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no plan '{path}'; 'mnist-adder plan' makes one.", path);
        byte[] file = File.ReadAllBytes(path);
        try
        {
            ScoringPlan plan = JsonSerializer.Deserialize<ScoringPlan>(file, Json) ?? throw new InvalidDataException($"The plan '{path}' is empty.");
            return plan with { Id = Convert.ToHexStringLower(SHA256.HashData(file)) };
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The plan '{path}' can't be read: {error.Message}", error);
        }
    }

    /// <summary>The columns that results have.</summary>
    /// <exception cref="InvalidDataException">A column of the input has the name of a result.</exception>
    public OutputColumns OutputColumns() => Settings.OutputColumns(Inputs[0].Name, Inputs[0].Columns);

    /// <summary>The input's columns with their types.</summary>
    /// <exception cref="IOException">The first input, which says them, can't be read.</exception>
    public Schema InputTypes()
    {
        PlannedTable first = Inputs[0];
        if (first.Delimiter is not null)
            return CsvTable.TypesOf(first.Columns, first.Roles);
        using var file = ParquetFile.Open(InputFile.Open(first.File.Path, CancellationToken.None), first.Name);
        return file.Types;
    }

    /// <summary>Makes sure that program, model and inputs are those that the plan was made of: else parts wouldn't belong together.</summary>
    /// <exception cref="InvalidDataException">They aren't.</exception>
    public void RequireSame()
    {
        if (Program != ThisProgram)
            throw new InvalidDataException($"The plan was made by version {Program} of mnist-adder, and this is {ThisProgram}. Use that one, or plan anew in another folder.");
        Model.RequireUnchanged();
        foreach (PlannedTable input in Inputs)
            input.File.RequireUnchanged();
    }

    /// <summary>What the file of this plan holds.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}

/// <summary>A file as it was when the plan was made.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When it was written last.</param>
internal sealed record PlannedFile(string Path, long Size, DateTime Modified)
{
    /// <summary>A file as it is now.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static PlannedFile Of(string path)
    {
        var file = new FileInfo(System.IO.Path.GetFullPath(path));
        return file.Exists ? new PlannedFile(file.FullName, file.Length, file.LastWriteTimeUtc) : throw new FileNotFoundException($"'{path}' doesn't exist.", path);
    }

    /// <summary>Makes sure that the file is still the same, by size and time.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void RequireUnchanged()
    {
        PlannedFile now = Of(Path);
        if (now.Size != Size || now.Modified != Modified)
            throw new InvalidDataException($"'{Path}' has changed since the plan was made: it has {now.Size} bytes of {now.Modified:u}, and had {Size} of {Modified:u}. Plan anew in another folder.");
    }
}

/// <summary>The model that is to be run.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Sha256">Its hash, in hexadecimal digits.</param>
internal sealed record PlannedModel(string Path, string Sha256)
{
    /// <summary>A model as it is now.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static PlannedModel Of(string path)
    {
        using FileStream file = RegularFile.OpenRead(path);
        return new PlannedModel(System.IO.Path.GetFullPath(path), Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <summary>Makes sure that the model is still the same.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void RequireUnchanged()
    {
        if (Of(Path) != this)
            throw new InvalidDataException($"The model '{Path}' isn't the one that the plan was made with. Plan anew in another folder, or bring that model back.");
    }
}

/// <summary>A table of the plan.</summary>
/// <param name="Name">What the plan's maker called it, and messages do.</param>
/// <param name="File">Its file.</param>
/// <param name="Columns">Its header.</param>
/// <param name="Roles">Which columns mean something.</param>
/// <param name="Delimiter">What stands between its fields; null where it is Parquet.</param>
internal sealed record PlannedTable(string Name, PlannedFile File, IReadOnlyList<string> Columns, ColumnRoles Roles, char? Delimiter);

/// <summary>Whole records of one table, which are scored together: what a task that is killed repeats at most.</summary>
/// <param name="Input">The table.</param>
/// <param name="Offset">The byte of the file that the first record begins at; of Parquet the first row group, from 0.</param>
/// <param name="Length">Bytes, up to the next segment's first record or the file's end; of Parquet row groups.</param>
/// <param name="Line">The line of the first record, from 1; of Parquet its row.</param>
/// <param name="Rows">Records.</param>
/// <param name="Hash">The XXH128 of the bytes, in hexadecimal digits; of Parquet that of the file's footer, which says where everything lies.</param>
internal sealed record Segment(int Input, long Offset, long Length, long Line, long Rows, string Hash);
