using System.Globalization;
using MnistAdder.Serving;
using MnistAdder.Serving.Images;

namespace MnistAdder.Training.Data.Sources;

/// <summary>Ten folders of pictures, one for each digit.</summary>
internal static class PictureClasses
{
    private const int Named = 5;

    // More don't fit one array of grey levels.
    private static readonly int s_most = Array.MaxLength / MnistGeometry.PixelCount;

    // Hidden are, on Unix, the names with a dot before them.
    private static readonly EnumerationOptions s_visible = new() { AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false };

    /// <summary>The names of a folder's folders, but for hidden ones.</summary>
    public static IEnumerable<string> SubfolderNames(string folder) => Directory.EnumerateDirectories(folder, "*", s_visible).Select(path => Path.GetFileName(path)!);

    /// <summary>What a folder's folders are called, for the end of a message; nothing where there are none.</summary>
    public static string NamesIn(string folder)
    {
        string[] names = [.. SubfolderNames(folder).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "" : $" (its folders are {Examples(names)})";
    }

    /// <summary>Whether a folder of this name is a digit's.</summary>
    public static bool IsDigit(string name) => name is [>= '0' and <= '9'];

    /// <summary>Reads and prepares all pictures, on all processors. What can't be used is told as a warning, and what leaves doubts as a detail.</summary>
    /// <param name="folder">The folder that holds the ten.</param>
    /// <param name="origin">Who named it, for the messages.</param>
    /// <param name="fewest">Pictures that each class must have.</param>
    /// <param name="loading">Who hears of it.</param>
    /// <returns>The digits in their order, the pictures of each in the ordinal order of their names.</returns>
    /// <exception cref="InvalidDataException">A class has fewer, or there is a folder that is no class.</exception>
    /// <exception cref="IOException">A folder can't be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DigitPictures[] Read(string folder, string origin, int fewest, Loading loading)
    {
        string subject = $"The folder {folder}, which {origin} names,";
        if (SubfolderNames(folder).Where(name => !IsDigit(name)).Min(StringComparer.Ordinal) is { } other)
            throw new InvalidDataException($"{subject} holds '{OneLine(other)}', which is no class: there is one folder for each digit, named 0 to 9.");

        PictureFile[] files = [.. Enumerable.Range(0, ModelContract.DigitClasses).SelectMany(digit => List(folder, (byte)digit))];
        if (files.Length > s_most)
            throw new InvalidDataException($"{subject} holds {files.Length} files; at most {s_most} are taken.");
        Picture[] pictures = Prepare(folder, files, loading);
        Warn(folder, pictures, loading.Notice);
        foreach (Picture picture in pictures.Where(picture => picture.Doubts != ImageWarnings.None))
            loading.Detail?.Invoke($"doubtful: {OneLine(Path.Combine(folder, picture.File.Path))}: {picture.Doubts.ToText()}");
        string[] lacking = [.. Enumerable.Range(0, ModelContract.DigitClasses).Select(digit => Lack(folder, digit, pictures, fewest)).OfType<string>()];
        if (lacking.Length > 0)
            throw new InvalidDataException($"{subject} has too few pictures: {string.Join("; ", lacking.Take(Named))}{(lacking.Length > Named ? $"; and so on, {lacking.Length} digits in all" : "")}.");

        return
        [
            .. pictures.Where(picture => picture.Image is not null)
                .GroupBy(picture => picture.File.Digit)
                .Select(one => new DigitPictures(one.Key, [.. one.Select(picture => picture.Image!)], [.. one.Select(picture => picture.Doubts)])),
        ];
    }

    private static IEnumerable<PictureFile> List(string folder, byte digit)
    {
        string name = digit.ToString(CultureInfo.InvariantCulture), path = Path.Combine(folder, name);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", s_visible).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).Select(file => new PictureFile(digit, Path.Combine(name, file)))
            : [];
    }

    private static Picture[] Prepare(string folder, PictureFile[] files, Loading loading)
    {
        const int stepsBetweenReports = 50;
        var decoder = new DigitImageDecoder();
        var pictures = new Picture[files.Length];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = loading.Cancellation };
        Parallel.For(0, files.Length, parallel, i =>
        {
            byte[] image = new byte[MnistGeometry.PixelCount];
            string path = Path.Combine(folder, files[i].Path);
            string? error = ImageErrors.Empty;
            ImageWarnings doubts = ImageWarnings.None;
            bool isRead = !IsEmpty(path) && decoder.TryReadFile(path, image, out doubts, out error);
            pictures[i] = new Picture(files[i], isRead ? image : null, doubts, error);
            if (Interlocked.Increment(ref done) is var count && (count % stepsBetweenReports == 0 || count == files.Length))
                loading.Progress?.Report(new LoadProgress($"pictures in {folder}", count, files.Length));
        });
        return pictures;
    }

    // So is a pipe, whose opening would wait for ever for somebody to write.
    private static bool IsEmpty(string path)
    {
        try
        {
            FileSystemInfo? file = new FileInfo(path);
            if (file.LinkTarget is not null)
                file = file.ResolveLinkTarget(returnFinalTarget: true);
            return file is FileInfo { Exists: true, Length: 0 };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // the decoder has the reason
        }
    }

    private static void Warn(string folder, Picture[] pictures, Action<string> notice)
    {
        Picture[] bad = [.. pictures.Where(picture => picture.IsBad)], others = [.. pictures.Where(picture => picture.IsNone)];
        if (bad.Length > 0)
        {
            notice($"warning: left out of {folder}, since they can't be used: {bad.Length} of {pictures.Length - others.Length} pictures");
            foreach (Picture picture in bad.Take(Named))
                notice($"  {picture}");
            if (bad.Length > Named)
                notice($"  and {bad.Length - Named} more");
        }

        if (others.Length > 0)
            notice($"warning: skipped in {folder}, since they are no pictures: {others.Length} of {pictures.Length} files, {Examples(others.Select(picture => picture.File.Path))}");
        string[] folders =
        [
            .. Enumerable.Range(0, ModelContract.DigitClasses).Select(digit => digit.ToString(CultureInfo.InvariantCulture))
                .Where(digit => Directory.Exists(Path.Combine(folder, digit)))
                .SelectMany(digit => SubfolderNames(Path.Combine(folder, digit)).Order(StringComparer.Ordinal).Select(name => Path.Combine(digit, name))),
        ];
        if (folders.Length > 0)
            notice($"warning: not looked into, since they are inside the classes of {folder}: {folders.Length} of their folders, {Examples(folders)}");
    }

    private static string Examples(IEnumerable<string> paths)
    {
        string[] all = [.. paths];
        return OneLine(string.Join(", ", all.Take(Named))) + (all.Length > Named ? " …" : "");
    }

    private static string? Lack(string folder, int digit, Picture[] pictures, int fewest)
    {
        Picture[] own = [.. pictures.Where(picture => picture.File.Digit == digit)];
        int usable = own.Count(picture => picture.Image is not null);
        return usable >= fewest ? null
            : !Directory.Exists(Path.Combine(folder, digit.ToString(CultureInfo.InvariantCulture))) ? $"there is no folder {digit}"
            : own.All(picture => picture.IsNone) ? $"{digit} has none"
            : usable == 0 ? $"{digit} has none that can be used ({own.First(picture => picture.IsBad)})"
            : $"{digit} has {usable} that can be used, and {fewest} are needed";
    }

    // Names may hold line breaks, and a message stays one line.
    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private readonly record struct PictureFile(byte Digit, string Path);

    private readonly record struct Picture(PictureFile File, byte[]? Image, ImageWarnings Doubts, string? Error)
    {
        // A file of another kind, by its content.
        public bool IsNone => Error == ImageErrors.UnknownFormat;

        public bool IsBad => Error is not null && !IsNone;

        public override string ToString() => $"{OneLine(File.Path)}: {Error}";
    }
}

/// <summary>The pictures of one digit.</summary>
/// <param name="Digit">The digit, 0…9.</param>
/// <param name="Images">Grey levels in MNIST geometry, 784 each.</param>
/// <param name="Doubts">What the preparation of each left doubts about, in the order that the images were read in.</param>
internal sealed record DigitPictures(byte Digit, byte[][] Images, IReadOnlyList<ImageWarnings> Doubts);
