namespace MnistAdder.Training.Data.Sources;

/// <summary>Who hears of the loading of a data set, and may end it.</summary>
/// <param name="Notice">Hears a line for people: damaged cache, pictures that are left out …</param>
/// <param name="Progress">Hears how far a download, or the reading of pictures, is.</param>
/// <param name="Detail">Hears lines that only some people want: each picture that leaves doubts.</param>
/// <param name="Cancellation">Ends it; nothing is left under a final name.</param>
internal sealed record Loading(Action<string> Notice, IProgress<LoadProgress>? Progress = null, Action<string>? Detail = null, CancellationToken Cancellation = default);

/// <summary>How far the loading of one thing is.</summary>
/// <param name="Name">A file that is downloaded, or the pictures of a folder.</param>
/// <param name="Done">Bytes received so far, beginning again at 0 when another attempt is made; or pictures read.</param>
/// <param name="Total">Bytes of the whole file, where the mirror says it; or pictures in all.</param>
internal sealed record LoadProgress(string Name, long Done, long? Total);
