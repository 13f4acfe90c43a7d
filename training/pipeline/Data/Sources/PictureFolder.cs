using System.Globalization;
using MnistAdder.Serving;
using MnistAdder.Training.Base;

namespace MnistAdder.Training.Data.Sources;

/// <summary>
/// A folder with a folder of pictures for each digit, <c>0</c> to <c>9</c>, or with such folders in <c>train</c> and <c>test</c>, as
/// torchvision's ImageFolder has it.
/// </summary>
/// <remarks>
/// Pictures are prepared as for scoring. Their order, and which are held out where there is no <c>test</c>, follow from their names and
/// contents alone, so that the same folder is the same data set on every machine: by name, then shuffled with a seed of its own, and
/// spread so that every stretch of the set has each digit in its share.
/// </remarks>
internal static class PictureFolder
{
    private const string TrainingName = "train", TestName = "test";

    // Not the run's: a data set with one name has one test set, whatever the seed.
    private const long Seed = 1;
    private const int HeldOutOf = 10;

    // One to learn from and one to be judged on.
    private const int FewestToLearnFrom = 2, FewestToJudgeOn = 1;

    /// <summary>Whether a folder has the folder of a digit, or one of the two parts.</summary>
    public static bool IsOne(string folder) => PictureClasses.SubfolderNames(folder).Any(name => IsPart(name) || PictureClasses.IsDigit(name));

    /// <summary>Reads the pictures.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="origin">Who named it, for the messages: an option or an environment variable.</param>
    /// <param name="isTest">Whether it is wanted as a test set: all pictures are one then, unless it has the two parts.</param>
    /// <param name="loading">Who hears of it.</param>
    /// <returns>The digits, named <c>pictures-</c> and the hash of their grey levels and labels (<see cref="DigitFiles.NameOf"/>).</returns>
    /// <exception cref="InvalidDataException">A class has no pictures, or too few; or there is a folder that is no class.</exception>
    /// <exception cref="IOException">A folder can't be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DigitDataset Read(string folder, string origin, bool isTest, Loading loading)
    {
        string[] parts = [.. PictureClasses.SubfolderNames(folder).Where(IsPart).Order(StringComparer.Ordinal)];
        if (parts.Length == 0)
        {
            DigitPictures[] all = ReadClasses(folder, origin, isTest ? FewestToJudgeOn : FewestToLearnFrom, loading);
            return WithDoubts(isTest ? Dataset(folder, Empty, Spread(all)) : HoldOut(folder, all), all);
        }

        if (PictureClasses.SubfolderNames(folder).FirstOrDefault(name => !IsPart(name)) is { } other)
            throw new InvalidDataException($"The folder {folder}, which {origin} names, holds '{other}' beside {string.Join(" and ", parts)}; pictures are either all in train and test or all in folders 0 to 9.");
        if (!isTest && !parts.Contains(TrainingName))
            throw new InvalidDataException($"The folder {folder}, which {origin} names, holds {TestName}, but no {TrainingName}.");
        if (isTest && !parts.Contains(TestName))
            throw new InvalidDataException($"The folder {folder}, which {origin} names, holds {TrainingName}, but no {TestName}.");

        DigitPictures[]? training = parts.Contains(TrainingName) ? ReadClasses(Path.Combine(folder, TrainingName), origin, FewestToLearnFrom, loading) : null;
        if (!parts.Contains(TestName))
            return WithDoubts(HoldOut(folder, training!), training!);
        DigitPictures[] test = ReadClasses(Path.Combine(folder, TestName), origin, FewestToJudgeOn, loading);
        return WithDoubts(Dataset(folder, training is null ? Empty : Spread(training), Spread(test)), [.. training ?? [], .. test]);
    }

    private static DigitSet Empty { get; } = new([], []);

    private static bool IsPart(string name) => name is TrainingName or TestName;

    private static DigitPictures[] ReadClasses(string folder, string origin, int fewest, Loading loading)
    {
        DigitPictures[] classes = PictureClasses.Read(folder, origin, fewest, loading);
        foreach (DigitPictures one in classes)
            new SeededRandom(Seed, RandomStreams.Pictures, one.Digit).Shuffle(one.Images.AsSpan());
        return classes;
    }

    private static DigitDataset HoldOut(string folder, DigitPictures[] classes)
    {
        (DigitPictures Training, DigitPictures Test)[] split =
        [
            .. classes.Select(one =>
            {
                int held = Math.Max(1, (one.Images.Length + (HeldOutOf / 2)) / HeldOutOf);
                return (one with { Images = one.Images[held..] }, one with { Images = one.Images[..held] });
            }),
        ];
        DigitDataset dataset = Dataset(folder, Spread(split.Select(one => one.Training)), Spread(split.Select(one => one.Test)));
        return dataset with { Source = $"{dataset.Source}, held out: a tenth of each class, at least one" };
    }

    private static DigitDataset Dataset(string folder, DigitSet training, DigitSet test) => new(
        DigitFiles.NameOf("pictures", training, test), $"{folder}, {training.Count} pictures to learn from and {test.Count} as test", training, test);

    // They are learnt from all the same, and a wrong guess at what is ink teaches a wrong digit.
    private static DigitDataset WithDoubts(DigitDataset dataset, IReadOnlyList<DigitPictures> classes)
    {
        ImageWarnings[] doubtful = [.. classes.SelectMany(one => one.Doubts).Where(doubts => doubts != ImageWarnings.None)];
        if (doubtful.Length == 0)
            return dataset;
        IEnumerable<string> kinds = Enum.GetValues<ImageWarnings>()
            .Select(kind => (Kind: kind, Count: doubtful.Count(doubts => (doubts & kind) != 0)))
            .Where(kind => kind.Count > 0)
            .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Kind.ToText()}: {kind.Count}"));
        return dataset with { Source = $"{dataset.Source}; {doubtful.Length} doubtful ({string.Join("; ", kinds)})" };
    }

    // Puts the i-th of n at (i + ½) / n of the way.
    private static DigitSet Spread(IEnumerable<DigitPictures> classes)
    {
        (byte Digit, byte[] Image)[] ordered =
        [
            .. classes.SelectMany(one => one.Images.Select((image, index) => (Place: (index + 0.5) / one.Images.Length, one.Digit, Image: image)))
                .OrderBy(picture => picture.Place).ThenBy(picture => picture.Digit)
                .Select(picture => (picture.Digit, picture.Image)),
        ];
        byte[] images = new byte[ordered.Length * MnistGeometry.PixelCount];
        for (int i = 0; i < ordered.Length; i++)
            ordered[i].Image.CopyTo(images, i * MnistGeometry.PixelCount);
        return new DigitSet(images, [.. ordered.Select(picture => picture.Digit)]);
    }
}
