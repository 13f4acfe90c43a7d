using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text.Json;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;

namespace MnistAdder.Scoring.Shards;

/// <summary>
/// What tasks write beside their plan: of each shard the part and its manifest, and until these are there the segments that are done, each with
/// a note. A part or segment has its hash in its name, and manifest or note, which come later, say which one counts: of several tasks that do the
/// same, one result stands, and it is whole.
/// </summary>
/// <param name="folder">The plan's folder.</param>
/// <param name="plan">The plan.</param>
internal sealed class PartFolder(string folder, ScoringPlan plan)
{
    private readonly string _extension = plan.Settings.Format.Extension();

    /// <summary>What no output may replace: the plan, manifests and parts.</summary>
    public IEnumerable<string> Files => Directory.EnumerateFiles(folder);

    /// <summary>The manifest of a shard.</summary>
    /// <returns>Null where the shard isn't done.</returns>
    /// <exception cref="InvalidDataException">It is one of another plan.</exception>
    public PartManifest? Manifest(int shard)
    {
        string path = ManifestPath(shard);
        if (Read<PartManifest>(path) is not { } manifest)
            return null;
        return manifest.Plan == plan.Id ? manifest : throw new InvalidDataException($"'{path}' is of another plan than '{Path.Combine(folder, ScoringPlan.FileName)}'. Plan into a folder of its own.");
    }

    /// <summary>Whether a part is there as its manifest has it.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="reads">Whether its bytes are read for that, not only its size and time.</param>
    public bool IsThere(PartManifest manifest, bool reads)
    {
        var file = new FileInfo(PathOf(manifest));
        if (!file.Exists || file.Length != manifest.Size)
            return false;
        if (!reads && file.LastWriteTimeUtc == manifest.Modified)
            return true;
        using FileStream part = file.OpenRead();
        return Hash(SHA256.HashData(part)) == manifest.Sha256;
    }

    /// <summary>The path of a part.</summary>
    public string PathOf(PartManifest manifest) => Path.Combine(folder, manifest.File);

    /// <summary>Segments of a shard that nobody has done yet.</summary>
    public IReadOnlyList<int> Missing(int shard) => [.. Enumerable.Range(0, plan.Shards[shard].Count).Where(segment => Note(shard, segment) is null)];

    /// <summary>Writes a segment, then its note.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="write">Writes its rows.</param>
    public void WriteSegment(int shard, int segment, Func<Stream, RowTally> write)
    {
        string path = SegmentPath(shard, segment);
        var hash = new XxHash128();
        RowTally tally = new();
        long size = 0;
        string written = AtomicFile.Write(path + _extension, stream =>
        {
            tally = write(stream);
            size = stream.Position;
            stream.Position = 0;
            hash.Append(stream);
            return $"{Path.GetFileName(path)}-{Hash(hash.GetCurrentHash())[..16]}{_extension}";
        });
        WriteJson(path + ".json", new SegmentNote(plan.Id, Path.GetFileName(written), size, Hash(hash.GetCurrentHash()), tally));
    }

    /// <summary>Puts the segments of a shard together, writes the manifest and takes the segments away.</summary>
    /// <param name="shard">The shard, of which all segments are done.</param>
    /// <param name="columns">The columns of a part.</param>
    /// <returns>Null where a segment is damaged or gone: it is then one of the missing, unless another task has finished the shard.</returns>
    public PartManifest? TryAssemble(int shard, OutputColumns columns)
    {
        var tally = new RowTally();
        string stem = Stem(shard), sha = "";
        long size = 0;
        try
        {
            string path = AtomicFile.Write(Path.Combine(folder, stem + _extension), stream =>
            {
                using var hash = SHA256.Create();
                using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
                using (ResultJoin join = plan.Settings.Format.Join(hashed, columns, plan.InputTypes))
                {
                    for (int segment = 0; segment < plan.Shards[shard].Count; segment++)
                        tally.Add(Append(join, shard, segment));
                    join.Complete();
                }

                sha = Hash(hash.Hash!);
                size = stream.Position;
                return $"{stem}-{sha[..16]}{_extension}";
            });
            var manifest = new PartManifest(plan.Id, shard, Path.GetFileName(path), size, File.GetLastWriteTimeUtc(path), sha, tally);
            WriteJson(ManifestPath(shard), manifest);
            RemoveSegments(shard);
            return manifest;
        }
        catch (DamagedSegmentException)
        {
            return null;
        }
    }

    /// <summary>Takes away what is left of a shard's segments once its part is there, and what a killed task of this machine left of the part.</summary>
    public void RemoveSegments(int shard)
    {
        AtomicFile.RemoveAbandonedIn(folder, $"{Stem(shard)}{_extension}", $"{Stem(shard)}.json");
        for (int attempt = 0; attempt < 3 && Directory.Exists(SegmentFolder(shard)); attempt++)
        {
            try
            {
                Directory.Delete(SegmentFolder(shard), recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another task does so as well, or is writing one that nobody needs any more: it does so when it ends.
            }
        }
    }

    private RowTally Append(ResultJoin join, int shard, int segment)
    {
        SegmentNote note = Note(shard, segment) ?? throw new DamagedSegmentException();
        try
        {
            var hash = new XxHash128();
            if (join.Append(Path.Combine(SegmentFolder(shard), note.File), hasHeader: false, hash.Append, () => Hash(hash.GetCurrentHash()) == note.Hash))
                return note.Tally;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
        }

        File.Delete(SegmentPath(shard, segment) + ".json");
        throw new DamagedSegmentException();
    }

    // Of this plan, with its file as long as it should be.
    private SegmentNote? Note(int shard, int segment) =>
        Read<SegmentNote>(SegmentPath(shard, segment) + ".json") is { } note && note.Plan == plan.Id
        && new FileInfo(Path.Combine(SegmentFolder(shard), note.File)) is { Exists: true } file && file.Length == note.Size
            ? note
            : null;

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), ScoringPlan.Json);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    private static void WriteJson<T>(string path, T value) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, ScoringPlan.Json));

    private static string Hash(byte[] hash) => Convert.ToHexStringLower(hash);

    private static string Stem(int shard) => string.Create(CultureInfo.InvariantCulture, $"part-{shard:00000}");

    private string ManifestPath(int shard) => Path.Combine(folder, Stem(shard) + ".json");

    private string SegmentFolder(int shard) => Path.Combine(folder, Stem(shard) + ".segments");

    private string SegmentPath(int shard, int segment) => Path.Combine(SegmentFolder(shard), string.Create(CultureInfo.InvariantCulture, $"{segment:00000}"));

    private sealed class DamagedSegmentException : Exception;
}

/// <summary>What is said of a part that is whole.</summary>
/// <param name="Plan">The plan's hash.</param>
/// <param name="Shard">The shard.</param>
/// <param name="File">The part's name.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Modified">When it was written.</param>
/// <param name="Sha256">Its hash, in hexadecimal digits.</param>
/// <param name="Tally">What became of the rows.</param>
internal sealed record PartManifest(string Plan, int Shard, string File, long Size, DateTime Modified, string Sha256, RowTally Tally);

/// <summary>What is said of a segment that is done.</summary>
/// <param name="Plan">The plan's hash.</param>
/// <param name="File">The segment's name.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Hash">Its XXH128, in hexadecimal digits.</param>
/// <param name="Tally">What became of the rows.</param>
internal sealed record SegmentNote(string Plan, string File, long Size, string Hash, RowTally Tally);
