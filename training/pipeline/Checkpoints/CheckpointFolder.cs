using System.Globalization;

namespace MnistAdder.Training.Checkpoints;

/// <summary>The folder of a run's checkpoints. It holds the newest; an older one goes when the next is safely there.</summary>
internal sealed class CheckpointFolder(string path)
{
    private const string Pattern = "epoch-*.safetensors";

    /// <summary>Writes a checkpoint, then removes the others.</summary>
    public void Save(Checkpoint checkpoint)
    {
        string file = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"epoch-{checkpoint.History.Count:0000}.safetensors"));
        checkpoint.Write(file);
        RemoveAllBut(file);
    }

    /// <summary>Removes what an earlier run left.</summary>
    public void Clear()
    {
        if (Directory.Exists(path))
            RemoveAllBut(null);
    }

    /// <summary>The checkpoint with the most epochs; null where there is none.</summary>
    public string? Latest => Directory.Exists(path) ? Directory.GetFiles(path, Pattern).Max(StringComparer.Ordinal) : null;

    /// <summary>Removes what a run that was killed left half-written.</summary>
    public void RemoveAbandoned() => AtomicFile.RemoveAbandonedIn(path, Pattern);

    /// <summary>Reads the checkpoint with the most epochs.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is broken.</exception>
    public Checkpoint LoadLatest() => Latest is { } latest
        ? Checkpoint.Read(latest)
        : throw new FileNotFoundException($"There is no checkpoint in {path}; start without --resume.");

    private void RemoveAllBut(string? kept)
    {
        foreach (string other in Directory.GetFiles(path, Pattern).Where(other => other != kept))
            File.Delete(other);
    }
}
