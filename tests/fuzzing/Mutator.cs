using CsCheck;

namespace MnistAdder.Fuzzing;

/// <summary>
/// The random choices of one case. They follow from the run's seed, the target's name and the case's number alone, so that any case can
/// be made again by itself.
/// </summary>
internal sealed class Mutator
{
    private const int MostEdits = 6;
    private const int LongestInput = 1 << 17;

    private readonly PCG _random;

    /// <summary>Begins a case.</summary>
    public Mutator(ulong seed, string target, long number)
    {
        ulong mixed = seed;
        foreach (char character in target)
            mixed = Mix(mixed ^ character);
        _random = new PCG(0, Mix(mixed ^ (ulong)number));
    }

    /// <summary>Makes the input of a case: a seed, or two, with a few edits.</summary>
    public byte[] MakeInput(FuzzTarget target)
    {
        byte[] input = OneOf(target.Seeds);
        int edits = OneIn(2) ? 1 : 1 + Below(MostEdits);
        bool knowsFormat = OneIn(2);
        for (int edit = 0; edit < edits; edit++)
        {
            byte[]? edited = knowsFormat && !OneIn(4) ? target.EditFormat(input, this) : null;
            input = edited ?? ByteEdits.Edit(input, target.Seeds, this);
            if (input.Length > LongestInput)
                input = input[..LongestInput];
        }

        return OneIn(2) ? target.Mend(input) : input;
    }

    /// <summary>A number from 0 to <paramref name="bound"/>, exclusive; 0 where the bound is 0.</summary>
    public int Below(int bound) => bound <= 1 ? 0 : (int)_random.Next((uint)bound);

    /// <summary>Whether one of so many chances comes true.</summary>
    public bool OneIn(int chances) => Below(chances) == 0;

    /// <summary>Any element.</summary>
    public T OneOf<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    /// <summary>Any byte.</summary>
    public byte AnyByte() => (byte)_random.Next(256);

    /// <summary>A number that parsers stumble over, of any size and sign.</summary>
    public long AwkwardNumber()
    {
        long power = 1L << Below(63);
        return Below(6) switch
        {
            0 => Below(4),
            1 => -1 - Below(3),
            2 => power - 1,
            3 => power,
            4 => power + 1,
            _ => Below(300),
        };
    }

    /// <summary>Where a slice of at most so many bytes begins and how long it is.</summary>
    public (int Start, int Length) Slice(int length, int longest)
    {
        int start = Below(length);
        return (start, Math.Min(length - start, 1 + Below(longest)));
    }

    // The finaliser of splitmix64 (S. Vigna).
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
