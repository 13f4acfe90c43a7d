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
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged; the message says whether the one before is whole, and how to go on from that.</exception>
    public Checkpoint Load(int? epoch = null)
    {
        IReadOnlyList<int> epochs = Epochs;
        if (epochs.Count == 0)
            throw new FileNotFoundException($"There is no checkpoint in {path}; start without --resume.");
        int wanted = epoch ?? epochs[0];
        if (!epochs.Contains(wanted))
            throw new FileNotFoundException($"There is no checkpoint of epoch {wanted} in {path}, but of {string.Join(" and ", epochs.Reverse())}.");
        try
        {
            return Checkpoint.Read(FileOf(wanted));
        }
        catch (InvalidDataException error)
        {
            string wayOut = epochs.Where(other => other < wanted && IsWhole(other)).Cast<int?>().FirstOrDefault() is { } before
                ? $"That of epoch {before}, {FileOf(before)}, is whole: --resume-from {before} goes on from there."
                : "No earlier one is whole: start anew with --overwrite.";
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
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int? EpochOf(string file) =>
        int.TryParse(Path.GetFileName(file)[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) ? epoch : null;

    private string FileOf(int epoch) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{epoch:0000}{Suffix}"));

    private void Remove(IEnumerable<int> epochs)
    {
        foreach (int epoch in epochs)
            File.Delete(FileOf(epoch));
    }
}
