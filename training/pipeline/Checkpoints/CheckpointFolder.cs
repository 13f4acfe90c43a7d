using System.Globalization;

namespace MnistAdder.Training.Checkpoints;

/// <summary>
/// The folder of a run's checkpoints. It holds the newest and the one before, to go back to should the newest be damaged; an older one
/// goes when the next is safely there.
/// </summary>
internal sealed class CheckpointFolder(string path)
{
    private const string Prefix = "epoch-", Suffix = ".safetensors", Pattern = $"{Prefix}*{Suffix}";

    /// <summary>The epochs that there are checkpoints of, the newest first.</summary>
    public IReadOnlyList<int> Epochs => Directory.Exists(path)
        ? [.. Directory.GetFiles(path, Pattern).Select(EpochOf).OfType<int>().OrderDescending()]
        : [];

    /// <summary>Writes a checkpoint, then removes all but it and the one before.</summary>
    public void Save(Checkpoint checkpoint)
    {
        int epoch = checkpoint.History.Count;
        checkpoint.Write(FileOf(epoch));
        int? before = Epochs.Where(other => other < epoch).Cast<int?>().FirstOrDefault();
        Remove(Epochs.Where(other => other != epoch && other != before));
    }

    /// <summary>Removes what an earlier run left.</summary>
    public void Clear() => Remove(Epochs);

    /// <summary>Removes what a run that was killed left half-written.</summary>
    public void RemoveAbandoned() => AtomicFile.RemoveAbandonedIn(path, Pattern);

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="epoch">Of this epoch; null for the newest.</param>
    /// <param name="advice">What the command offers instead; <see cref="CheckpointAdvice.Resuming"/> where left out.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged; the message says whether the one before is whole, and what to do with that.</exception>
    public Checkpoint Load(int? epoch = null, CheckpointAdvice? advice = null)
    {
        advice ??= CheckpointAdvice.Resuming;
        IReadOnlyList<int> epochs = Epochs;
        if (epochs.Count == 0)
            throw new FileNotFoundException($"There is no checkpoint in {path}; {advice.WithoutAny}.");
        int wanted = epoch ?? epochs[0];
        if (!epochs.Contains(wanted))
            throw new FileNotFoundException($"There is no checkpoint of epoch {wanted} in {path}, but of {string.Join(" and ", epochs.Reverse())}.");
        try
        {
            return Checkpoint.Read(FileOf(wanted));
        }
        catch (Exception error) when (IsDamage(error))
        {
            string wayOut = epochs.Where(other => other < wanted && IsWhole(other)).Cast<int?>().FirstOrDefault() is { } before
                ? $"That of epoch {before}, {FileOf(before)}, is whole: {advice.WithEarlier(before)}."
                : $"No earlier one is whole: {advice.WithoutWhole}.";
            throw new InvalidDataException($"Damaged checkpoint of epoch {wanted}: {error.Message} {wayOut}", error);
        }
    }

    private bool IsWhole(int epoch)
    {
        try
        {
            Checkpoint.Read(FileOf(epoch));
            return true;
        }
        catch (Exception error) when (IsDamage(error))
        {
            return false;
        }
    }

    // A link that leads nowhere is there by name, too.
    private static bool IsDamage(Exception error) => error is IOException or InvalidDataException or UnauthorizedAccessException;

    private static int? EpochOf(string file) =>
        int.TryParse(Path.GetFileName(file)[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
        && NameOf(epoch) == Path.GetFileName(file) ? epoch : null;

    private static string NameOf(int epoch) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{epoch:0000}{Suffix}");

    private string FileOf(int epoch) => Path.Combine(path, NameOf(epoch));

    private void Remove(IEnumerable<int> epochs)
    {
        foreach (int epoch in epochs)
            File.Delete(FileOf(epoch));
    }
}

/// <summary>What a command offers where the checkpoint that it needs can't be had, in words that end a sentence.</summary>
/// <param name="WithoutAny">Where there is none.</param>
/// <param name="WithEarlier">Where an earlier one is whole, of this epoch; its file has been named.</param>
/// <param name="WithoutWhole">Where none is whole.</param>
internal sealed record CheckpointAdvice(string WithoutAny, Func<int?, string> WithEarlier, string WithoutWhole)
{
    /// <summary>For a run that is to go on.</summary>
    public static CheckpointAdvice Resuming { get; } =
        new("start without --resume", epoch => $"--resume-from {epoch} goes on from there", "start anew with --overwrite");

    /// <summary>For a model that is to be made of it.</summary>
    public static CheckpointAdvice Exporting { get; } =
        new("name the folder of a run, or the file of a checkpoint", _ => "name that file to export it", "train again, with --overwrite");
}
