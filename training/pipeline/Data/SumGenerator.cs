using MnistAdder.Training.Base;
using MnistAdder.Training.Recipes;
using static TorchSharp.torch;

namespace MnistAdder.Training.Data;

/// <summary>
/// The data generator: (image, label, random number 0…9, sum), a new number for every image and a new order in every epoch.
/// </summary>
/// <remarks>
/// The images stay on the device as bytes; a batch is gathered from them and normalised there. What an epoch holds depends on
/// the seed and the epoch alone, so that a resumed run goes on with the batches that an unbroken one would see.
/// </remarks>
public sealed class SumGenerator : IDisposable
{
    private readonly Tensor _images;  // uint8 [Count, 1, 28, 28]
    private readonly Tensor _labels;  // int64 [Count]
    private readonly long _seed;
    private readonly Augmentation? _augmentation;
    private readonly int _versions;

    /// <summary>Puts a set onto a device.</summary>
    /// <param name="digits">At least one image.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="device">Where the batches are wanted.</param>
    /// <param name="augmentation">How the images are changed each time; null to leave them as they are. It draws from torch's generator.</param>
    /// <param name="versions">Times that each image is changed for a batch, at least 1; without an augmentation there is one version.</param>
    public SumGenerator(DigitSet digits, long seed, Device device, Augmentation? augmentation = null, int versions = 1)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentOutOfRangeException.ThrowIfLessThan(versions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(digits.Count, 1);
        (_images, _labels) = TorchDigits.ToDevice(digits, device);
        _seed = seed;
        _augmentation = augmentation;
        _versions = versions;
        Count = digits.Count;
    }

    /// <summary>Images in an epoch.</summary>
    public int Count { get; }

    /// <summary>Batches in an epoch.</summary>
    /// <param name="batchSize">Images in a batch, at least 2.</param>
    public int BatchesOfEpoch(int batchSize) => (Count / batchSize) + (Count % batchSize > 1 || Count < batchSize ? 1 : 0);

    /// <summary>
    /// An epoch's batches in its own random order, every image once. The last batch may be shorter, or longer by the one image that
    /// would be left over: batch normalisation can't do with one.
    /// </summary>
    /// <param name="epoch">1 and up.</param>
    /// <param name="batchSize">Images in a batch, at least 2.</param>
    /// <param name="augments">False to leave the images as they are, in one version.</param>
    /// <returns>Batches on the device; their tensors belong to the dispose scope around each step.</returns>
    public IEnumerable<SumBatch> Epoch(int epoch, int batchSize, bool augments = true)
    {
        long[] order = new long[Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        new SeededRandom(_seed, RandomStreams.Order, epoch).Shuffle<long>(order);

        var addends = new SeededRandom(_seed, RandomStreams.Addends, epoch);
        long[] numbers = new long[Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = addends.NextInt(ModelContract.DigitClasses);

        using Tensor orderOnDevice = tensor(order, device: _images.device).DetachFromDisposeScope();
        using Tensor numbersOnDevice = tensor(numbers, device: _images.device).DetachFromDisposeScope();
        int last = BatchesOfEpoch(batchSize) - 1;
        for (int batch = 0; batch <= last; batch++)
        {
            int start = batch * batchSize;
            int length = batch == last ? Count - start : batchSize;
            Tensor rows = orderOnDevice.narrow(0, start, length);
            Tensor levels = _images.index_select(0, rows);
            Tensor images = TorchDigits.Normalize(augments && _augmentation is not null ? Changed(levels.to_type(ScalarType.Float32), _augmentation) : levels);
            Tensor labels = _labels.index_select(0, rows);
            Tensor chosen = numbersOnDevice.narrow(0, start, length);
            yield return new SumBatch(images, labels, chosen, labels.add(chosen));
        }
    }

    // [N, 1, 28, 28] → [N, versions, 28, 28].
    private Tensor Changed(Tensor levels, Augmentation augmentation) =>
        augmentation.Apply(levels.repeat_interleave(_versions, 0)).view(levels.shape[0], _versions, MnistGeometry.Side, MnistGeometry.Side);

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
    }
}

/// <summary>One batch for the network.</summary>
/// <param name="Images">Normalised, float [N, versions, 28, 28]; the network takes one version of each.</param>
/// <param name="Labels">Digits 0…9, int64 [N].</param>
/// <param name="Numbers">Numbers to add 0…9, int64 [N].</param>
/// <param name="Sums">0…18, int64 [N].</param>
public sealed record SumBatch(Tensor Images, Tensor Labels, Tensor Numbers, Tensor Sums)
{
    /// <summary>The numbers as the network takes them, float [N, 10].</summary>
    public Tensor OneHotNumbers() => TorchDigits.OneHot(Numbers, ModelContract.DigitClasses);

    /// <summary>Some consecutive rows, in tensors that share this batch's memory.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The one after the last.</param>
    public SumBatch Rows(int from, int to)
    {
        return new SumBatch(Part(Images), Part(Labels), Part(Numbers), Part(Sums));

        Tensor Part(Tensor whole) => whole.narrow(0, from, to - from);
    }

    /// <summary>The sums as one-hot rows, float [N, 19].</summary>
    public Tensor OneHotSums() => TorchDigits.OneHot(Sums, ModelContract.SumClasses);
}
