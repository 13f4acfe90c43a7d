using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Arithmetic on the integers that shapes are made of.</summary>
internal static class SizeArithmetic
{
    /// <summary>Combines integers element by element.</summary>
    /// <returns>Null where an operand isn't known integers, or the operator isn't one of integers.</returns>
    public static Flow? TryCombine(Operation operation)
    {
        Flow[] operands = [.. operation.Inputs];
        int expected = operation.Type switch { "Where" => 3, "Sum" or "Max" or "Min" => Math.Max(1, operands.Length), _ => 2 };
        if (operands.Length != expected || operands.Any(operand => operand.Elements is null))
            return null;
        Func<Size[], Size>? combine = operation.Type switch
        {
            "Add" or "Sum" => sizes => sizes.Aggregate((left, right) => left + right),
            "Sub" => sizes => sizes[0] - sizes[1],
            "Mul" => sizes => sizes.Aggregate((left, right) => left * right),
            "Div" => sizes => Divide(sizes[0], sizes[1]),
            "Mod" => sizes => sizes is [{ Known: { } left }, { Known: { } right and not 0 }] && operation.Integer("fmod", 0) == 0 && left >= 0 && right > 0 ? Size.Of(left % right) : Size.Opaque("mod", sizes),
            "Max" => sizes => Extreme("max", sizes, Math.Max),
            "Min" => sizes => Extreme("min", sizes, Math.Min),
            "Equal" => sizes => AreEqual(sizes[0], sizes[1]),
            "Greater" => sizes => Compare("greater", sizes, (left, right) => left > right),
            "GreaterOrEqual" => sizes => Compare("not less", sizes, (left, right) => left >= right),
            "Less" => sizes => Compare("less", sizes, (left, right) => left < right),
            "LessOrEqual" => sizes => Compare("not greater", sizes, (left, right) => left <= right),
            "And" => sizes => Compare("and", sizes, (left, right) => left != 0 && right != 0),
            "Or" => sizes => Compare("or", sizes, (left, right) => left != 0 || right != 0),
            "Where" => sizes => sizes[0].Known is { } condition ? sizes[condition != 0 ? 1 : 2] : sizes[1] == sizes[2] ? sizes[1] : Size.Opaque("where", sizes),
            _ => null,
        };
        if (combine is null || Shape(operands) is not { } shape)
            return null;

        long[] sizes = [.. shape.Select(size => size.Known!.Value)];
        long count = sizes.Aggregate(1L, (product, size) => unchecked(product * size));
        if (count is < 0 or > Flow.MostElements)
            return null;
        var elements = new Size[count];
        for (int i = 0; i < elements.Length; i++)
            elements[i] = combine([.. operands.Select(operand => At(operand, sizes, i))]);
        operation.FollowAll();
        return Flow.Of(shape, elements);
    }

    private static Size Divide(Size left, Size right)
    {
        if (left.DividedBy(right) is { } quotient)
            return quotient;
        return left.Known is { } dividend && right.Known is { } divisor and not 0 ? Size.Of(dividend / divisor) : Size.Opaque("/", left, right);
    }

    // A size is never negative, which exporters compare with to find the dimensions that are to stay.
    private static Size AreEqual(Size left, Size right)
    {
        if (left == right && !left.IsTainted)
            return Size.One;
        if ((left.Known is not null && right.Known is not null) || (left.IsNonNegative && right.Known < 0) || (right.IsNonNegative && left.Known < 0))
            return Size.Of(0);
        return Size.Opaque("=", left, right);
    }

    private static Size Compare(string operation, Size[] sizes, Func<long, long, bool> compare) =>
        sizes is [{ Known: { } left }, { Known: { } right }] ? Size.Of(compare(left, right) ? 1 : 0) : Size.Opaque(operation, sizes);

    private static Size Extreme(string operation, Size[] sizes, Func<long, long, long> extreme)
    {
        if (sizes.All(size => size.Known is not null))
            return Size.Of(sizes.Select(size => size.Known!.Value).Aggregate(extreme));
        return sizes.All(size => size == sizes[0]) ? sizes[0] : Size.Opaque(operation, sizes);
    }

    private static Size[]? Shape(Flow[] operands)
    {
        int rank = operands.Max(operand => operand.Shape!.Length);
        var shape = new Size[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            shape[axis] = Size.One;
            foreach (Flow operand in operands)
            {
                int own = axis - (rank - operand.Shape!.Length);
                if (own < 0 || operand.Shape[own].Known == 1)
                    continue;
                if (operand.Shape[own].Known is null || (shape[axis].Known != 1 && shape[axis] != operand.Shape[own]))
                    return null;
                shape[axis] = operand.Shape[own];
            }
        }

        return shape;
    }

    // The element of an operand that goes into an element of the result.
    private static Size At(Flow operand, long[] sizes, int index)
    {
        long position = 0, step = 1, rest = index;
        for (int axis = sizes.Length - 1; axis >= 0; axis--)
        {
            long coordinate = rest % sizes[axis];
            rest /= sizes[axis];
            int own = axis - (sizes.Length - operand.Shape!.Length);
            if (own < 0)
                continue;
            long size = operand.Shape[own].Known!.Value;
            position += (size == 1 ? 0 : coordinate) * step;
            step *= size;
        }

        return operand.Elements![position];
    }
}
